import { concatBytes, utf8Decode, utf8Encode } from '../base/bytes.ts'
import { malformed, SealdexError } from '../base/errors.ts'
import { quoted } from '../base/quoted.ts'
import { EC_CURVES } from './curves.ts'
import type { KeyMaterial } from './key-material.ts'

/** Reads the types of SSH's wire format (RFC 4251, section 5) strictly, one after the other. Throws `malformed`. */
export class SshReader {
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #what: string
  #at = 0

  constructor(bytes: Uint8Array<ArrayBuffer>, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#bytes.length - this.#at) malformed(`${this.#what} ends too early.`)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  uint32(): number {
    return this.take(4).reduce((value, byte) => value * 256 + byte, 0)
  }

  string(): Uint8Array<ArrayBuffer> {
    return this.take(this.uint32())
  }

  text(): string {
    return utf8Decode(this.string())
  }

  /** A number from 1 on, big-endian without leading zeros: negative, zero and padded forms are refused. */
  mpint(): Uint8Array<ArrayBuffer> {
    const bytes = this.string()
    const [first, second] = bytes
    if (first === undefined || first > 0x7f || (first === 0 && (second ?? 0) < 0x80)) malformed(`${this.#what} holds a number that is not positive and in its shortest form.`)
    return first === 0 ? bytes.subarray(1) : bytes
  }

  end(): void {
    if (this.#at !== this.#bytes.length) malformed(`${this.#what} is followed by more bytes.`)
  }
}

/** One string of the wire format. */
export function sshString(content: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === 'string' ? utf8Encode(content) : content
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bytes.length)
  return concatBytes(length, bytes)
}

/** Reads a public key blob: what stands base64-encoded in an authorized-key line. Throws `malformed`, or `bad-key` for a type that is not read. */
export function readSshKey(blob: Uint8Array<ArrayBuffer>): KeyMaterial {
  const reader = new SshReader(blob, 'The SSH key')
  const material = readTyped(reader, reader.text())
  reader.end()
  return material
}

function readTyped(reader: SshReader, name: string): KeyMaterial {
  if (name === 'ssh-ed25519') return { type: 'ed25519', point: reader.string() }
  if (name === 'ssh-rsa') {
    const exponent = reader.mpint()
    return { type: 'rsa', modulus: reader.mpint(), exponent }
  }
  const curve = Object.values(EC_CURVES).find(({ sshName }) => name === `ecdsa-sha2-${sshName}`)
  if (curve === undefined) {
    const why = name.startsWith('sk-') ? 'keys on a security key sign other bytes, which are not read yet' : 'ssh-ed25519, ecdsa-sha2-nistp256, -nistp384, -nistp521 and ssh-rsa are'
    throw new SealdexError('bad-key', `An SSH key of type ${quoted(name)} is not accepted: ${why}.`)
  }
  if (reader.text() !== curve.sshName) malformed('The SSH key names two curves.')
  const point = reader.string()
  // OpenSSH writes and takes the uncompressed form only.
  return point[0] === 4 ? { type: curve.type, point } : malformed('The SSH key holds a point that is not in uncompressed form.')
}
