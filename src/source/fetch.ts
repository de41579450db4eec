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
  /** Redirects come back as they are. */
  readonly redirect?: 'manual'
  /** Ends the call, and the reading of its answer. */
  readonly signal?: AbortSignal
}

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
  /** Rejects for a body that breaks off. */
  read(): Promise<{ readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}
