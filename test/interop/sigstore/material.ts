/** Keys and certificates of a private Sigstore as files, made with the tests' kit; nobody's but this run's. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hexEncode } from '../../../src/base/bytes.ts'
import { basicConstraints, extendedKeyUsage, issue, keyUsage, SERVER_AUTH, subjectAltName } from '../../sigstore/kit/certificate.ts'
import { writeName } from '../../sigstore/kit/der.ts'
import { makeAuthority, san } from '../../sigstore/kit/fulcio.ts'
import { makeKey, pem, type KeyKind, type SigningKey } from '../../sigstore/kit/keys.ts'
import { randomFrom } from '../../sigstore/kit/random.ts'
import { makeTsa } from '../../sigstore/kit/tsa.ts'
import { DAY } from '../../sigstore/kit/window.ts'

/** Of Fulcio's encrypted key. */
export const PASSWORD = 'test'

export interface Material {
  /** A file by its name. */
  readonly file: (name: string) => string
  /** Signs the tokens of all issuers. */
  readonly tokenKey: KeyObject
}

/** `hosts`: names of the issuers' servers, all in one TLS certificate. */
export async function makeMaterial(folder: string, hosts: readonly string[]): Promise<Material> {
  await mkdir(folder, { recursive: true })
  const file = (name: string): string => join(folder, name)
  const save = (name: string, text: string): Promise<void> => writeFile(file(name), text, { mode: 0o600 })
  const random = randomFrom(hexEncode(randomBytes(16)))
  const authority = makeAuthority(random, { organization: 'sealdex.example', kind: 'P-256' })
  const tsa = makeTsa(random, { noIntermediate: false, kind: 'P-256' })
  await save('ca.pem', chain([authority.intermediate.der, authority.root.der]))
  await save('ca.key', String(nodeKey(authority.intermediate.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD })))
  await save('tsa.pem', chain(tsa.chain))
  await save('tsa.key', privatePem(tsa.leaf.key))
  for (const [name, kind] of [['ct', 'P-256'], ['rekor1', 'P-256'], ['rekor2', 'Ed25519']] as const satisfies readonly (readonly [string, KeyKind])[]) {
    const key = makeKey(kind, random)
    await save(`${name}.key`, privatePem(key))
    await save(`${name}.pub`, pem('PUBLIC KEY', key.spki))
  }
  const tls = makeKey('P-256', random)
  const [now, name] = [Math.floor(Date.now() / 1000), writeName('sealdex.example', 'issuers')]
  const usage = [keyUsage('digitalSignature'), extendedKeyUsage([SERVER_AUTH]), basicConstraints(false), subjectAltName(hosts.map((host) => san.dns(host)), false)]
  await save('tls.key', privatePem(tls))
  await save('tls.pem', pem('CERTIFICATE', issue({ serial: random.bytes(8), issuer: name, subject: name, notBefore: now - DAY, notAfter: now + DAY, spki: tls.spki, extensions: usage }, tls)))
  return { file, tokenKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }
}

function chain(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => pem('CERTIFICATE', der)).join('')
}

function nodeKey({ pkcs8 }: SigningKey): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}

function privatePem(key: SigningKey): string {
  return String(nodeKey(key).export({ type: 'pkcs8', format: 'pem' }))
}

/** The public part as JSON, for a key set. */
export function publicJwk(key: KeyObject): object {
  return { ...createPublicKey(key).export({ format: 'jwk' }), kid: 'test', alg: 'RS256', use: 'sig' }
}
