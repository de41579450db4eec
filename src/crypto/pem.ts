import { base64Decode, base64Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'

export interface PemBlock {
  /** What stands after BEGIN, such as `PUBLIC KEY`. */
  readonly label: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----([A-Za-z0-9+/=\s]*)-----END \1-----/

/**
 * The one block of a PEM text, or null if the text has no BEGIN line. Throws `bad-key` for a second block, for headers inside
 * (the old way to encrypt) and for base64 that is not canonical.
 */
export function parsePem(text: string): PemBlock | null {
  const begins = text.split('-----BEGIN ').length - 1
  if (begins === 0) return null
  if (begins > 1) throw new SealdexError('bad-key', 'The PEM text holds more than one block; give the one that is meant.')
  const [, label, body] = BLOCK.exec(text) ?? []
  if (label === undefined || body === undefined) throw new SealdexError('bad-key', 'The PEM text is cut short, or holds headers or characters that are no base64.')
  try {
    return { label, bytes: base64Decode(body.replace(/\s+/g, '')) }
  } catch (cause) {
    throw new SealdexError('bad-key', `The base64 of the PEM block ${label} is not canonical.`, { cause })
  }
}

/** A PEM block with lines of 64 characters and a line break at the end, as OpenSSL and Go write it. */
export function writePem(label: string, bytes: Uint8Array): string {
  const lines = base64Encode(bytes).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
