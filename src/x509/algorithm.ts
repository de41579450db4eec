import { DerFields, readExplicit, readSmallInteger } from '../base/der-fields.ts'
import { oidHex, readOid, readSequence, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import { ALGORITHMS, type AlgorithmName, type HashName, type KeyType } from '../crypto/algorithms.ts'
import { KEY_OIDS } from '../crypto/key-material.ts'

/** How certificates and timestamps are signed. The curve or the length is the signing key's matter: see {@link algorithmWith}. */
export type SignatureAlgorithm =
  | { readonly scheme: 'ecdsa' | 'rsa-pkcs1' | 'rsa-pss'; readonly hash: HashName }
  | { readonly scheme: 'ed25519' }

const HASHES: ReadonlyMap<string, HashName> = new Map([
  [oidHex('2.16.840.1.101.3.4.2.1'), 'SHA-256'], [oidHex('2.16.840.1.101.3.4.2.2'), 'SHA-384'], [oidHex('2.16.840.1.101.3.4.2.3'), 'SHA-512'],
])

const SIGNATURES: ReadonlyMap<string, SignatureAlgorithm> = new Map<string, SignatureAlgorithm>([
  [oidHex('1.2.840.10045.4.3.2'), { scheme: 'ecdsa', hash: 'SHA-256' }],
  [oidHex('1.2.840.10045.4.3.3'), { scheme: 'ecdsa', hash: 'SHA-384' }],
  [oidHex('1.2.840.10045.4.3.4'), { scheme: 'ecdsa', hash: 'SHA-512' }],
  [oidHex('1.2.840.113549.1.1.11'), { scheme: 'rsa-pkcs1', hash: 'SHA-256' }],
  [oidHex('1.2.840.113549.1.1.12'), { scheme: 'rsa-pkcs1', hash: 'SHA-384' }],
  [oidHex('1.2.840.113549.1.1.13'), { scheme: 'rsa-pkcs1', hash: 'SHA-512' }],
  [oidHex('1.3.101.112'), { scheme: 'ed25519' }],
])

/** Broken hashes by their names, so that the message can say them. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [oidHex('1.3.14.3.2.26'), 'SHA-1'], [oidHex('1.2.840.10045.4.1'), 'SHA-1'], [oidHex('1.2.840.113549.1.1.5'), 'SHA-1'],
  [oidHex('1.2.840.113549.2.5'), 'MD5'], [oidHex('1.2.840.113549.1.1.4'), 'MD5'],
])

const PSS = oidHex('1.2.840.113549.1.1.10')
const MGF1 = oidHex('1.2.840.113549.1.1.8')
const RSA = oidHex(KEY_OIDS.rsa)

const SALT_BYTES: { readonly [Name in HashName]: number } = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 }

function refuse(why: string): never {
  throw new SealdexError('bad-certificate', `The algorithm is not accepted: ${why}.`)
}

function refuseOid(oid: string): never {
  const broken = REFUSED.get(oid)
  return refuse(broken === undefined ? 'it is none of ECDSA, RSA, RSA-PSS and Ed25519 with SHA-256, SHA-384 or SHA-512' : `it rests on ${broken}, which is broken`)
}

/** Algorithm and parameters of an AlgorithmIdentifier; absent and NULL parameters are the same, as RFC 4055 and RFC 5754 want it. */
function readIdentifier(node: DerNode | undefined): { oid: string; parameters: DerNode | null } {
  const fields = new DerFields(readSequence(node, 'the algorithm'), 'the algorithm')
  const oid = readOid(fields.next(), 'the algorithm')
  const isNull = fields.optional(TAG.nothing)
  const parameters = fields.done ? null : fields.next()
  fields.end()
  if (isNull !== null && (parameters !== null || isNull.content.length > 0)) refuse('it has two parameters')
  return { oid, parameters }
}

/** A hash with or without NULL. Throws `bad-certificate` (SHA-1 by its name) or `malformed-der`. */
export function readHashAlgorithm(node: DerNode | undefined): HashName {
  const { oid, parameters } = readIdentifier(node)
  return parameters === null ? (HASHES.get(oid) ?? refuseOid(oid)) : refuse('the hash has parameters')
}

/**
 * The algorithm of a certificate's signature. `digest` is given in CMS only, where an RSA signature may name the key's type alone and the hash
 * stands elsewhere. Throws `bad-certificate` (SHA-1 by its name) or `malformed-der`.
 */
export function readSignatureAlgorithm(node: DerNode | undefined, digest?: HashName): SignatureAlgorithm {
  const { oid, parameters } = readIdentifier(node)
  if (oid === PSS) return { scheme: 'rsa-pss', hash: readPssHash(parameters) }
  if (parameters !== null) refuse('it has parameters')
  if (oid === RSA && digest !== undefined) return { scheme: 'rsa-pkcs1', hash: digest }
  return SIGNATURES.get(oid) ?? refuseOid(oid)
}

/** RSASSA-PSS-params (RFC 4055): all three that matter written out, the same hash in both places, the salt as long as it. */
function readPssHash(parameters: DerNode | null): HashName {
  const fields = new DerFields(readSequence(parameters ?? undefined, 'the parameters of RSA-PSS'), 'the parameters of RSA-PSS')
  const [hash, mask, salt] = [fields.context(0, true), fields.context(1, true), fields.context(2, true)]
  const trailer = fields.context(3, true)
  fields.end()
  if (hash === null || mask === null || salt === null) return refuse('RSA-PSS with SHA-1, its default')
  const name = readHashAlgorithm(readExplicit(hash, 'the hash'))
  const generator = readIdentifier(readExplicit(mask, 'the mask'))
  if (generator.oid !== MGF1 || readHashAlgorithm(generator.parameters ?? undefined) !== name) refuse('RSA-PSS with another mask than MGF1 with the same hash')
  if (readSmallInteger(readExplicit(salt, 'the salt'), 'the salt') !== SALT_BYTES[name]) refuse('RSA-PSS with a salt that is not as long as its hash')
  if (trailer !== null && readSmallInteger(readExplicit(trailer, 'the trailer'), 'the trailer') !== 1) refuse('RSA-PSS with another trailer')
  return name
}

/** What the algorithm is with a key of this type, or null if they do not go together. */
export function algorithmWith(signature: SignatureAlgorithm, key: { readonly type: KeyType }): AlgorithmName | null {
  if (signature.scheme === 'ed25519') return key.type === 'ed25519' ? 'ed25519' : null
  const { scheme, hash } = signature
  const found = Object.values(ALGORITHMS).find(({ name, keyType, hash: its }) => keyType === key.type && its === hash && name.startsWith(scheme))
  return found?.name ?? null
}
