/**
 * The names of the distribution API. The registry is the other side of the wire in the project's own tests, so it
 * shares no code with the core: a mistake in the core's grammar cannot hide behind the same mistake here.
 */

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`)
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export function isRepository(text: string): boolean {
  return text.length <= 255 && REPOSITORY.test(text)
}

export function isTag(text: string): boolean {
  return TAG.test(text)
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text)
}

export type Algorithm = 'sha256' | 'sha512'

export function algorithmOf(digest: string): Algorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** `algorithm:hex` of the bytes. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>, algorithm: Algorithm = 'sha256'): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest(algorithm === 'sha512' ? 'SHA-512' : 'SHA-256', bytes))
  return `${algorithm}:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
