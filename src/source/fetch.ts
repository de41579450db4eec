/**
 * What registries are asked with. Smaller than the platform's own types, so that `fetch` fits and whoever carries requests in another way need not make a
 * `Response`. A `SealdexError` with `forbidden-address` says that the connection would lead to an address that must not be asked; any other error is `unreachable`.
 */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

export interface FetchInit {
  /** Default: GET. */
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array<ArrayBuffer> | string
  /** In the place of `body`, for what is too large to be held: sent while it is read, with its length said before. Who does not know it sends nothing, and the write fails. */
  readonly stream?: BodyStream
  /** Redirects come back as they are. */
  readonly redirect?: 'manual'
  /** Ends the call, and the reading of its answer. */
  readonly signal?: AbortSignal
}

/** A body that is read while it is sent. */
export interface BodyStream {
  /** Bytes. */
  readonly size: number
  /** Anew for each attempt to send it; what it throws ends the request before its last byte. A piece is the receiver's: it may be emptied once it was sent. */
  chunks(): AsyncIterable<Uint8Array>
}

/** The runtime's own fetch, for those who never send a stream. */
export const plainFetch: Fetch = (url, init) => globalThis.fetch(url, init)

/** As a `Response`. */
export interface FetchResponse {
  readonly status: number
  /** `opaqueredirect` where a browser hides a redirect. */
  readonly type?: string
  readonly headers: { get(name: string): string | null }
  /** Null without one. Its bytes are those after `Content-Encoding`. */
  readonly body: FetchBody | null
}

export interface FetchBody {
  getReader(): FetchReader
  cancel(): Promise<void>
}

export interface FetchReader {
  /** Takes back a piece whose bytes nobody needs any more, where its memory can be given back at once. */
  letGo?(piece: Uint8Array): void
  /** Rejects for a body that breaks off. */
  read(): Promise<{ readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}
