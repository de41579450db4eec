/** The codes of the distribution specification that this registry answers with, and the status each goes out under. */
const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 413,
  TAG_INVALID: 400,
  UNAUTHORIZED: 401,
  UNSUPPORTED: 415,
} as const

export type ErrorCode = keyof typeof STATUS

/** An answer other than success, thrown anywhere below the app and written as the specification's JSON by it. */
export class RegistryError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, message: string, options: { status?: number; headers?: Readonly<Record<string, string>> } = {}) {
    super(message)
    this.code = code
    this.status = options.status ?? STATUS[code]
    this.headers = options.headers ?? {}
  }

  toResponse(): Response {
    const body = JSON.stringify({ errors: [{ code: this.code, message: this.message }] })
    return new Response(body, { status: this.status, headers: { 'Content-Type': 'application/json', ...this.headers } })
  }
}
