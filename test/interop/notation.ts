/** notation and sealdex: what notation signs verifies with us, by notation's own trust policy and store, and both say the same of it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readDer } from '../../src/base/der.ts'
import { makeParty, type Party } from '../notation/kit.ts'
import { makeKey, pem, type KeyKind } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { makeTsa, timestamp, type TimestampAuthority } from '../sigstore/kit/tsa.ts'
import { verifyOutcome } from './arrival.ts'
import type { Checks } from './checks.ts'
import { REGISTRIES, type RegistryName } from './expectations.ts'
import type { Surroundings } from './matrix.ts'
import { findNotation } from './peers.ts'
import { run, troubleOf } from './process.ts'
import { pushNewImage } from './push.ts'

const KINDS: readonly KeyKind[] = ['P-256', 'P-384', 'P-521', 'RSA-2048']
const TRUSTED = 'x509.subject: C=DE, ST=BE, O=Vendor'

interface Part {
  readonly checks: Checks
  readonly notation: string
  readonly env: Readonly<Record<string, string>>
  /** Notation's configuration. */
  readonly config: string
}

export async function checkNotation(checks: Checks, { folder, env, hosts, onClose }: Surroundings): Promise<void> {
  const config = join(folder, 'config-of-notation', 'notation')
  const part: Part = { checks, notation: await findNotation(), env: { ...env, XDG_CONFIG_HOME: join(config, '..') }, config }
  const random = randomFrom('interop notation')
  const parties = new Map(KINDS.map((kind) => [kind, partyOf(kind, random)]))
  await keysOf(config, parties)
  const tsa = makeTsa(random, timesOf('year'))
  const { url, close } = await serveTimestamps(tsa)
  onClose(close)
  await certificateFile(join(config, 'truststore/x509/tsa/clock'), tsa.chain.at(-1) ?? new Uint8Array(0))
  const stamp = ['--timestamp-url', url, '--timestamp-root-cert', join(config, 'truststore/x509/tsa/clock/root.crt')]
  for (const name of REGISTRIES) {
    for (const format of ['jws', 'cose']) {
      for (const kind of KINDS) await signedBy(part, { host: hosts[name], name, kind, format, more: ['--expiry', '24h', '--user-metadata', 'build=42'] })
      await signedBy(part, { host: hosts[name], name, kind: 'P-256', format, more: stamp, stores: ['ca:P-256', 'tsa:clock'] })
    }
  }
}

const HOUR = 3_600

/** Valid now, unlike what the kit makes for its own clock. */
function timesOf(long: 'year' | 'day'): { readonly leaf: { readonly notBefore: number; readonly notAfter: number }; readonly root: { readonly notBefore: number; readonly notAfter: number } } {
  const now = Math.floor(Date.now() / 1000)
  const times = { notBefore: now - HOUR, notAfter: now + (long === 'year' ? 365 * 24 : 24) * HOUR }
  return { leaf: times, root: times }
}

export function partyOf(kind: KeyKind, random: ReturnType<typeof randomFrom>): Party {
  return makeParty(`signer ${kind}`, { key: makeKey(kind, random), ...timesOf('day') })
}

/** signingkeys.json and the trust store, as notation keeps them. */
export async function keysOf(config: string, parties: ReadonlyMap<KeyKind, Party>): Promise<void> {
  await mkdir(join(config, 'localkeys'), { recursive: true })
  const keys = []
  for (const [kind, { leaf, chain, root }] of parties) {
    const [keyPath, certPath] = [join(config, 'localkeys', `${kind}.key`), join(config, 'localkeys', `${kind}.crt`)]
    await writeFile(keyPath, pem('PRIVATE KEY', leaf.key.pkcs8), { mode: 0o600 })
    await writeFile(certPath, chain.map((der) => pem('CERTIFICATE', der)).join(''))
    await certificateFile(join(config, 'truststore/x509/ca', kind), root.der)
    keys.push({ name: kind, keyPath, certPath })
  }
  await writeFile(join(config, 'signingkeys.json'), JSON.stringify({ keys }), { mode: 0o600 })
}

async function certificateFile(folder: string, der: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'root.crt'), pem('CERTIFICATE', der))
}

interface Signing {
  readonly host: string
  readonly name: RegistryName
  readonly kind: KeyKind
  readonly format: string
  readonly more: readonly string[]
  readonly stores?: readonly string[]
}

async function signedBy(part: Part, { host, name, kind, format, more, stores = [`ca:${kind}`] }: Signing): Promise<void> {
  const { checks, notation, env, config } = part
  const repository = `notation/${kind.toLowerCase()}-${format}-${stores.length}`
  const target = await freshImage(host, repository)
  const title = `${name}: notation sign, ${kind}, ${format}${stores.length > 1 ? ', with a timestamp' : ''}`
  // where there is a referrers API, notation itself looks nowhere else, and yet does not use it for signing unless it is told to
  const signed = await run(notation, ['sign', '--insecure-registry', `--force-referrers-tag=${name !== 'olareg'}`, '--signature-format', format, '--key', kind, ...more, target], { env })
  checks.check(title, signed.code === 0 ? null : troubleOf(signed))
  if (signed.code !== 0) return
  await trust(config, { scope: `${host}/${repository}`, stores })
  const theirs = await run(notation, ['verify', '--insecure-registry', target], { env })
  checks.check('  notation verifies it', theirs.code === 0 ? null : troubleOf(theirs))
  const { outcome, trouble, command } = await verifyOutcome([target, '--notation-config', config], { env })
  checks.crossed(`  sealdex verifies it: ${outcome}`, { what: `signed by notation, ${format}, ${kind}${stores.length > 1 ? ', with a timestamp' : ''}`, registry: name, signed, verified: command }, outcome === 'allow' ? null : trouble)
  const other = KINDS.find((one) => one !== kind) ?? kind
  await trust(config, { scope: `${host}/${repository}`, stores: [`ca:${other}`] })
  const refused = await run(notation, ['verify', '--insecure-registry', target], { env })
  checks.check('  not with another root, says notation', refused.code === 1 ? null : troubleOf(refused))
  await expectOutcome(part, '  and sealdex', target, 'deny')
}

async function expectOutcome({ checks, config, env }: Part, title: string, target: string, wanted: string): Promise<void> {
  const { outcome, trouble } = await verifyOutcome([target, '--notation-config', config], { env })
  checks.check(`${title}: ${outcome}`, outcome === wanted ? null : `expected: ${wanted}\n${trouble}`)
}

export async function trust(config: string, { scope, stores }: { readonly scope: string; readonly stores: readonly string[] }): Promise<void> {
  const statement = { name: 'interop', registryScopes: [scope], signatureVerification: { level: 'strict', override: { revocation: 'skip' } }, trustStores: stores, trustedIdentities: [TRUSTED] }
  await writeFile(join(config, 'trustpolicy.json'), JSON.stringify({ version: '1.0', trustPolicies: [statement] }), { mode: 0o600 })
}

/** A timestamp authority that answers what is asked: imprint and nonce. */
async function serveTimestamps(tsa: TimestampAuthority): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      const [, imprint, nonce] = readDer(Uint8Array.from(Buffer.concat(parts))).children
      const token = timestamp(tsa, new Uint8Array(0), { messageImprint: imprint?.bytes ?? new Uint8Array(0), time: Math.floor(Date.now() / 1000), certificates: 'chain', nonce: nonce?.tag === 2 ? nonce.content : null })
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(token)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => new Promise((resolve) => server.close(() => resolve())) }
}

async function freshImage(host: string, repository: string): Promise<string> {
  return `${host}/${repository}@${await pushNewImage(host, repository)}`
}
