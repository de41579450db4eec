/** Holds answers against the OpenAPI document: what is not in it may not be answered. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { openApi } from '../../worker/openapi.ts'

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** Null for what is no JSON. */
  readonly json: Record<string, unknown> | null
  readonly text: string
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, { readonly headers?: object; readonly content?: Readonly<Record<string, { readonly schema: object }>> }>> }>>>>
}

const document = openApi() as unknown as Described
const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addSchema({ $id: 'openapi', ...openApi() })
const compiled = new Map<string, ValidateFunction>()

/** Throws where the answer is not as the document says. */
export function holdContract(method: string, path: string, answered: Answered): void {
  const where = `${method} ${path} ${answered.status}`
  const fail = (why: string): never => {
    throw new Error(`${where}: ${why}: ${answered.text.slice(0, 500)}`)
  }
  const { status, headers, json } = answered
  const type = headers.get('content-type')
  if (status >= 400) {
    if (type !== 'application/problem+json' || headers.get('cache-control') !== 'no-store') fail('a problem of another type, or one that may be kept')
    if (method !== 'HEAD') conforms('openapi#/components/schemas/Problem', json, fail)
    if (method !== 'HEAD' && json?.['status'] !== status) fail('the document says another status')
  }
  if (status === 405) return headers.has('allow') ? undefined : fail('405 without Allow')
  const operations = document.paths[path] ?? (path.startsWith('/assets/') ? document.paths['/assets/{file}'] : undefined)
  if (operations === undefined || (status === 404 && path.startsWith('/assets/'))) return status === 404 && (method === 'HEAD' || json?.['code'] === 'not-found') ? undefined : fail('a path that is not in the document')
  if (method === 'OPTIONS') return status === 204 ? undefined : fail('OPTIONS is 204')
  const key = method === 'HEAD' ? 'get' : method.toLowerCase()
  const response = operations[key]?.responses[String(status)] ?? fail('a status that is not in the document')
  for (const name of Object.keys(response.headers ?? {})) if (!headers.has(name)) fail(`no header ${name}`)
  if (method === 'HEAD' || status === 304) return answered.bytes.length === 0 ? undefined : fail('a body where there is none')
  const content = response.content?.[type ?? ''] ?? response.content?.['*/*']
  if (content === undefined) fail(`the type ${type} is not in the document`)
  const pointer = `openapi#/paths/${operationPath(path).replaceAll('~', '~0').replaceAll('/', '~1')}/${key}/responses/${status}/content/${(type ?? '').replaceAll('/', '~1')}/schema`
  if (!path.startsWith('/assets/')) conforms(pointer, json ?? answered.text, fail)
}

function operationPath(path: string): string {
  return document.paths[path] === undefined ? '/assets/{file}' : path
}

function conforms(pointer: string, value: unknown, fail: (why: string) => never): void {
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: encodeURI(pointer) })
  compiled.set(pointer, validate)
  if (!validate(value)) fail(ajv.errorsText(validate.errors))
}
