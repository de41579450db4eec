/**
 * Examples that whoever serves the page may offer, each one click: `examples.json` beside the page (`GET /examples.json`, `application/json`), a list of
 * `{ "about": "one sentence", "reference": "registry.example/app:1.2", "keys": ["-----BEGIN PUBLIC KEY-----…"] }`, `keys` left out where nothing is to be
 * trusted; for a signature without a key `"identity": { "identity", "issuer" }` and, where another root counts than the built-in one, its JSON as a text in `"trustedRoot"`. The build puts `[]` there, which the server's own answer replaces. The keys of an example are the server's proposal: they
 * are put into the box where a person sees them, and nothing is trusted before that. A comment line before a key (`# release.pub`) gives it its name.
 */
export interface Example {
  readonly about: string
  readonly reference: string
  readonly keys: readonly string[]
  readonly identity: { readonly identity: string; readonly issuer: string } | null
  /** Text of a trusted_root.json; empty for the built-in one. */
  readonly trustedRoot: string
}

const MOST = 24

/** Empty where there are none, also where what is served is none; a page from a file asks nobody. */
export async function loadExamples(base: string): Promise<readonly Example[]> {
  try {
    const response = await fetch(new URL('examples.json', base), { headers: { accept: 'application/json' } })
    const list: unknown = response.ok ? await response.json() : []
    return Array.isArray(list) ? list.slice(0, MOST).flatMap(exampleOf) : []
  } catch {
    return []
  }
}

function exampleOf(value: unknown): Example[] {
  const { about, reference, keys = [], identity, trustedRoot } = (value ?? {}) as { readonly [name: string]: unknown; readonly keys?: unknown }
  const { identity: name, issuer } = (identity ?? {}) as { readonly [name: string]: unknown }
  if (typeof about !== 'string' || typeof reference !== 'string' || !Array.isArray(keys)) return []
  return [{ about: about.slice(0, 300), reference: reference.slice(0, 500), keys: keys.filter((key) => typeof key === 'string'), identity: typeof name === 'string' && typeof issuer === 'string' ? { identity: name, issuer } : null, trustedRoot: typeof trustedRoot === 'string' ? trustedRoot : '' }]
}
