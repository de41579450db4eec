/** What sealdex exports to notation, notation itself verifies: by its trust policy, level strict, for each kind of key, beside its own signatures, and once however often it is exported. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyType } from '../../src/crypto/algorithms.ts'
import { generateKey } from '../../src/crypto/private-key.ts'
import { personOf } from '../edit/notation-export.ts'
import { pem } from '../sigstore/kit/keys.ts'
import { verifyOutcome } from './arrival.ts'
import type { Checks } from './checks.ts'
import { REGISTRIES, type RegistryName } from './expectations.ts'
import type { Surroundings } from './matrix.ts'
import { findNotation } from './peers.ts'
import { mustRun, run, sealdex, troubleOf, type Ran } from './process.ts'
import { pushNewImage } from './push.ts'

const KEYS: readonly (readonly [name: string, type: KeyType, bits?: 2048 | 3072])[] = [['P-256', 'ec-p256'], ['P-384', 'ec-p384'], ['P-521', 'ec-p521'], ['RSA-2048', 'rsa', 2048], ['RSA-3072', 'rsa', 3072]]

interface Part {
  readonly checks: Checks
  readonly env: Readonly<Record<string, string>>
  /** Notation's configuration, and in it the keys, each with its chain. */
  readonly config: string
  readonly notation: (...args: readonly string[]) => Promise<Ran>
}

export async function checkNotationExport(checks: Checks, surroundings: Surroundings): Promise<void> {
  const config = join(surroundings.folder, 'config-of-notation-export', 'notation')
  const env = { ...surroundings.env, XDG_CONFIG_HOME: join(config, '..') }
  const program = await findNotation()
  const part: Part = { checks, env, config, notation: (command = '', ...args) => run(program, [command, '--insecure-registry', ...args], { env }) }
  await keysOf(config)
  for (const name of REGISTRIES) {
    for (const [key] of KEYS) await checkKey(part, { name, key, host: surroundings.hosts[name] })
    await checkBeside(part, name, surroundings.hosts[name])
  }
}

/** signingkeys.json and a store for each key, as notation keeps them. */
async function keysOf(config: string): Promise<void> {
  const now = Math.floor(Date.now() / 1_000)
  const times = { notBefore: now - 3_600, notAfter: now + 86_400 }
  await mkdir(join(config, 'localkeys'), { recursive: true })
  const keys = []
  for (const [name, type, bits] of KEYS) {
    const key = await generateKey(type, bits)
    const { certificates, party } = await personOf(key, times, times)
    const { keyPath, certPath } = pathsOf(config, name)
    await writeFile(keyPath, key.pkcs8Pem(), { mode: 0o600 })
    await writeFile(certPath, certificates)
    const store = join(config, 'truststore/x509/ca', name)
    await mkdir(store, { recursive: true })
    await writeFile(join(store, 'root.crt'), pem('CERTIFICATE', party.root.der))
    keys.push({ name, keyPath, certPath })
  }
  await writeFile(join(config, 'signingkeys.json'), JSON.stringify({ keys }), { mode: 0o600 })
}

function pathsOf(config: string, name: string): { readonly keyPath: string; readonly certPath: string } {
  return { keyPath: join(config, 'localkeys', `${name}.key`), certPath: join(config, 'localkeys', `${name}.crt`) }
}

async function trust(config: string, scope: string, store: string): Promise<void> {
  const statement = { name: 'interop', registryScopes: [scope], signatureVerification: { level: 'strict' }, trustStores: [`ca:${store}`], trustedIdentities: ['x509.subject: C=DE, ST=BE, O=Vendor, CN=exporter'] }
  await writeFile(join(config, 'trustpolicy.json'), JSON.stringify({ version: '1.0', trustPolicies: [statement] }), { mode: 0o600 })
}

async function exportTo({ config, env }: Part, key: string, target: string): Promise<Ran> {
  const { keyPath, certPath } = pathsOf(config, key)
  return sealdex(['export', target, '--to', 'notation', '--key', keyPath, '--certificate', certPath], { env })
}

interface Case {
  readonly name: RegistryName
  readonly host: string
  readonly key: string
}

async function checkKey(part: Part, { name, host, key }: Case): Promise<void> {
  const { checks, config, env, notation } = part
  const target = await freshImage(host, `notation-export/${key.toLowerCase()}`)
  // one of them expires, which is an attribute that notation has to understand
  const expiry = key === 'P-384' ? ['--expires-at', new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z/, 'Z')] : []
  await mustRun(sealdex(['sign', target, '--key', pathsOf(config, key).keyPath, ...expiry], { env }))
  const exported = await exportTo(part, key, target)
  checks.check(`${name}: sealdex export --to notation, ${key}`, exported.code === 0 ? null : troubleOf(exported))
  const again = await exportTo(part, key, target)
  const count = await countOf(part, target)
  checks.check(`  exported again it was there; notation list: ${count}`, again.code === 0 && again.stdout.includes('was there') && count === 1 ? null : troubleOf(again))
  await trust(config, scopeOf(target), key)
  const theirs = await notation('verify', target)
  checks.crossed('  notation verifies it, strictly', { what: `exported to notation, ${key}`, registry: name, signed: exported, verified: theirs.command }, theirs.code === 0 ? null : troubleOf(theirs))
  await expectOutcome(part, '  sealdex verifies it', target, 'allow')
  await trust(config, scopeOf(target), key === 'P-256' ? 'P-384' : 'P-256')
  const refused = await notation('verify', target)
  checks.check('  not with another root, says notation', refused.code === 1 ? null : troubleOf(refused))
  await expectOutcome(part, '  and sealdex', target, 'deny')
}

/** Signed by notation with one key, by us with another; then signed by notation after us. */
async function checkBeside(part: Part, name: string, host: string): Promise<void> {
  const { checks, config, env, notation } = part
  const target = await freshImage(host, 'notation-export/beside')
  // where there is a referrers API, notation itself looks nowhere else, and yet does not use it for signing unless it is told to
  const theirs = (key: string): Promise<Ran> => mustRun(notation('sign', `--force-referrers-tag=${name !== 'olareg'}`, '--key', key, target))
  await theirs('P-384')
  await mustRun(sealdex(['sign', target, '--key', pathsOf(config, 'P-256').keyPath], { env }))
  await mustRun(exportTo(part, 'P-256', target))
  await theirs('P-521')
  const count = await countOf(part, target)
  checks.check(`${name}: between two signatures by notation; notation list: ${count}`, count === 3 ? null : 'expected: 3')
  for (const key of ['P-384', 'P-256', 'P-521']) {
    await trust(config, scopeOf(target), key)
    const verified = await notation('verify', target)
    checks.check(`  notation verifies that by ${key}`, verified.code === 0 ? null : troubleOf(verified))
    await expectOutcome(part, '  and sealdex', target, 'allow')
  }
}

/** How many signatures notation lists. */
async function countOf({ notation }: Part, target: string): Promise<number> {
  return [...(await notation('list', target)).stdout.matchAll(/^\s*[├└]── sha256:/gm)].length
}

async function expectOutcome({ checks, config, env }: Part, title: string, target: string, wanted: string): Promise<void> {
  const { outcome, trouble } = await verifyOutcome([target, '--notation-config', config], { env })
  checks.check(`${title}: ${outcome}`, outcome === wanted ? null : `expected: ${wanted}\n${trouble}`)
}

function scopeOf(target: string): string {
  return target.slice(0, target.indexOf('@'))
}

async function freshImage(host: string, repository: string): Promise<string> {
  return `${host}/${repository}@${await pushNewImage(host, repository)}`
}
