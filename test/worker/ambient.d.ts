/** What the tests use of the plugin's module; its own types need workers-types, which contradict the DOM's. */
declare module 'cloudflare:test' {
  export const SELF: { fetch(input: string, init?: RequestInit): Promise<Response> }
  export const env: Readonly<Record<string, unknown>>
}
