import type { GivenFile, NamedKey, Trust } from './core/protocol.ts'

/** What a person pasted or dropped to say whose signatures count. */
export interface Pasted {
  readonly trust: Trust
  /** Lines that are neither a key nor a line of `allowed_signers`. */
  readonly strange: readonly string[]
}

const KEY_TYPE = '(?:ssh-|ecdsa-sha2-|sk-)\\S+'
const SSH_KEY = new RegExp(`^${KEY_TYPE}\\s+\\S+`)
const ALLOWED_SIGNER = new RegExp(`^\\S+\\s+(?:.*\\s)?${KEY_TYPE}\\s+\\S+`)
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g
/** One object without objects in it, as a JWK is. */
const JWK = /\{[^{}]*\}/g

/** Takes the text apart: PEM blocks, JWKs, SSH keys, lines of an `allowed_signers` file, in any mixture. Reads no key. */
export function readTrust(text: string, rest: Pick<Trust, 'identity' | 'root' | 'signedRepository'> = { identity: null, root: null, signedRepository: null }): Pasted {
  const found: { at: number; text: string }[] = []
  const take = (pattern: RegExp, from: string): string => from.replace(pattern, (block: string, ...rest: unknown[]) => {
    found.push({ at: Number(rest.findLast((value) => typeof value === 'number')), text: block })
    // of the same length, so that what is found later keeps its place
    return block.replace(/[^\n]/g, ' ')
  })
  const left = take(JWK, take(PEM, text))
  const [allowed, strange]: [string[], string[]] = [[], []]
  let at = 0
  for (const line of left.split('\n')) {
    const trimmed = line.trim()
    if (SSH_KEY.test(trimmed)) found.push({ at, text: trimmed })
    else if (ALLOWED_SIGNER.test(trimmed)) allowed.push(trimmed)
    else if (trimmed !== '' && !trimmed.startsWith('#')) strange.push(trimmed)
    at += line.length + 1
  }
  const keys = named(found.sort((a, b) => a.at - b.at).map((key) => ({ text: key.text, name: nameBefore(text.slice(0, key.at)) })))
  return { trust: { keys, allowedSigners: allowed.length === 0 ? null : `${allowed.join('\n')}\n`, ...rest }, strange }
}

/** The name of a trusted root in the command line that is shown. */
export const TRUSTED_ROOT = 'trusted_root.json'

/** Whether a text is a trusted_root.json of Sigstore's, by what it says of itself. */
export function isTrustedRoot(text: string): boolean {
  try {
    const { mediaType } = JSON.parse(text) as { readonly mediaType?: unknown }
    return typeof mediaType === 'string' && mediaType.startsWith('application/vnd.dev.sigstore.trustedroot')
  } catch {
    return false
  }
}

/** The name of a file in a comment on the line before a key, as this page writes it for a file that was dropped. */
function nameBefore(text: string): string | null {
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  return /^#\s*([A-Za-z0-9][\w.-]{0,59})$/.exec(line.trim())?.[1] ?? null
}

/** Each name once: they are names of files in the command line that is shown. */
function named(keys: readonly { readonly name: string | null; readonly text: string }[]): NamedKey[] {
  const taken = new Set(['evidence.tar', 'allowed_signers', TRUSTED_ROOT])
  return keys.map(({ name, text }, i) => {
    const own = name === null || taken.has(name) ? `key-${i + 1}.pub` : name
    taken.add(own)
    return { name: own, text }
  })
}

/** Whether a file that was dropped is a key or `allowed_signers`, rather than an image: short text. */
export function keyText({ bytes }: GivenFile): string | null {
  if (bytes.length > 65_536) return null
  const text = new TextDecoder().decode(bytes)
  return /[\0\uFFFD]/.test(text) ? null : text
}
