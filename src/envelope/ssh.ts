import { base64Decode, concatBytes, equalBytes, utf8Decode, utf8Encode } from '../base/bytes.ts'
import { malformed, SealdexError } from '../base/errors.ts'
import { quoted } from '../base/quoted.ts'
import type { AlgorithmName } from '../crypto/algorithms.ts'
import { publicKeyFromSshBlob, type PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'
import { sshString, SshReader } from '../crypto/ssh-wire.ts'

/** A signature by `ssh-keygen -Y sign` (OpenSSH's PROTOCOL.sshsig), read and not verified. */
export interface SshSignature {
  readonly publicKey: PublicKey
  /** What the signature is for; whoever verifies has to compare it with what he expects. Never empty. */
  readonly namespace: string
  /** How the message was hashed before it was signed. */
  readonly hashAlgorithm: 'sha256' | 'sha512'
  readonly algorithm: AlgorithmName
  /** In the raw form: r‖s, Ed25519's 64 bytes, or RSA's as long as the modulus. */
  readonly signature: Uint8Array<ArrayBuffer>
}

const MAGIC = utf8Encode('SSHSIG')
const ARMOR = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END SSH SIGNATURE-----\s*$/
const WHAT = 'The SSH signature'
const HASH = { sha256: 'SHA-256', sha512: 'SHA-512' } as const

/** Signature formats, each with the algorithm it stands for. `ssh-rsa` would be SHA-1, and `sk-` formats sign other bytes: neither is read. */
const FORMATS: ReadonlyMap<string, AlgorithmName> = new Map([
  ['ssh-ed25519', 'ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-p256-sha256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-p384-sha384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-p521-sha512'],
  ['rsa-sha2-256', 'rsa-pkcs1-sha256'],
  ['rsa-sha2-512', 'rsa-pkcs1-sha512'],
])

/**
 * Reads an SSH signature, armored or as bare bytes. Throws `malformed` for what breaks the format, and `bad-key` for a key that is not accepted
 * (`sk-` keys among them).
 */
export function parseSshSignature(armoredOrBytes: string | Uint8Array<ArrayBuffer>): SshSignature {
  const reader = new SshReader(unarmored(armoredOrBytes), WHAT)
  if (!equalBytes(reader.take(MAGIC.length), MAGIC)) malformed(`${WHAT} does not start with SSHSIG.`)
  const version = reader.uint32()
  if (version !== 1) malformed(`${WHAT} has version ${version}; version 1 is read.`)
  const publicKey = publicKeyFromSshBlob(reader.string())
  const namespace = reader.text()
  if (namespace === '') malformed(`${WHAT} has no namespace.`)
  // OpenSSH signs an empty field whatever stands here, so bytes here would be unsigned.
  if (reader.string().length > 0) malformed(`${WHAT} has bytes in its reserved field.`)
  const hashAlgorithm = reader.text()
  if (hashAlgorithm !== 'sha256' && hashAlgorithm !== 'sha512') malformed(`${WHAT} uses the hash ${quoted(hashAlgorithm)}; sha256 and sha512 are read.`)
  const inner = reader.string()
  reader.end()
  return { publicKey, namespace, hashAlgorithm, ...readInner(inner, publicKey) }
}

/** Whether the signature over the message is by the key inside it, in the namespace inside it. False, never an error, for a wrong one. */
export async function verifySshSignature(signature: SshSignature, message: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const hash = new Uint8Array(await crypto.subtle.digest(HASH[signature.hashAlgorithm], message))
  const signed = concatBytes(MAGIC, sshString(signature.namespace), sshString(''), sshString(signature.hashAlgorithm), sshString(hash))
  return verifySignature(signature.publicKey, signature.algorithm, signature.signature, signed, 'raw')
}

function unarmored(armoredOrBytes: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (typeof armoredOrBytes !== 'string') {
    return armoredOrBytes[0] === 0x2d ? unarmored(utf8Decode(armoredOrBytes)) : armoredOrBytes
  }
  const body = ARMOR.exec(armoredOrBytes)?.[1] ?? malformed(`${WHAT} is not in its armor: -----BEGIN SSH SIGNATURE-----, base64, -----END SSH SIGNATURE-----.`)
  try {
    return base64Decode(body.replace(/[\r\n]/g, ''))
  } catch (cause) {
    throw new SealdexError('malformed', `The base64 of the SSH signature is not canonical.`, { cause })
  }
}

function readInner(bytes: Uint8Array<ArrayBuffer>, key: PublicKey): Pick<SshSignature, 'algorithm' | 'signature'> {
  const reader = new SshReader(bytes, WHAT)
  const format = reader.text()
  const algorithm = FORMATS.get(format)
  if (algorithm === undefined) malformed(`${WHAT} is of the format ${quoted(format)}, which is not read: ${[...FORMATS.keys()].join(', ')} are.`)
  const content = reader.string()
  reader.end()
  return { algorithm, signature: algorithm.startsWith('ecdsa') ? readScalars(content, key.signatureBytes / 2) : content }
}

/** r and s as two numbers of SSH's wire format, each filled up to the curve's length. */
function readScalars(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const reader = new SshReader(bytes, WHAT)
  const [r, s] = [reader.mpint(), reader.mpint()]
  reader.end()
  if (r.length > length || s.length > length) malformed(`${WHAT} holds a number that is too large for its curve.`)
  return concatBytes(new Uint8Array(length - r.length), r, new Uint8Array(length - s.length), s)
}
