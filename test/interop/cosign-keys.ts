/** cosign and sealdex with each other's keys: `.sig` signatures by cosign verify with us, each other's encrypted key files sign. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { verifyOutcome } from './arrival.ts'
import type { Checks } from './checks.ts'
import { REGISTRIES, type RegistryName } from './expectations.ts'
import type { Surroundings } from './matrix.ts'
import { mustRun, run, sealdex, troubleOf, type Ran, type RunOptions } from './process.ts'
import { pushNewImage } from './push.ts'

/** The older form, with no transparency log. */
export const SIG_FLAGS: readonly string[] = ['--yes', '--new-bundle-format=false', '--tlog-upload=false', '--use-signing-config=false']
const PASSWORD = 'test-password'

/** A key pair as files `PREFIX.key` (encrypted) and `PREFIX.pub`. */
interface KeyFiles {
  readonly label: string
  readonly prefix: string
  readonly make: (options: RunOptions) => Promise<Ran>
}

export async function checkCosignKeys(checks: Checks, surroundings: Surroundings): Promise<void> {
  const { peers, folder, hosts } = surroundings
  const keys = join(folder, 'keys')
  await mkdir(keys)
  const env = { ...surroundings.env, COSIGN_PASSWORD: PASSWORD }
  const stranger = join(keys, 'stranger')
  await mustRun(sealdex(['keygen', '--output-key-prefix', stranger], { env }))
  const all = [...ours(keys), ...cosigns(peers.cosign, keys)]
  for (const [i, { label, prefix, make }] of all.entries()) {
    const made = await make({ env, cwd: keys })
    checks.check(`key made by ${label}`, made.code === 0 ? null : troubleOf(made))
    if (made.code !== 0) continue
    const pub = ['--key', `${prefix}.pub`]
    const registry: RegistryName = REGISTRIES[i % REGISTRIES.length] ?? 'olareg'
    const target = await freshImage(hosts[registry], `cosign/key-${i}`)
    const signed = await run(peers.cosign, ['sign', '--key', `${prefix}.key`, ...SIG_FLAGS, target], { env })
    checks.check(`${registry}: cosign sign with the key of ${label}`, signed.code === 0 ? null : troubleOf(signed))
    const { outcome, trouble, command } = await verifyOutcome([target, ...pub], { env })
    checks.crossed(`${registry}: its .sig verifies with sealdex: ${outcome}`, { what: `signed by cosign (.sig), key of ${label}`, registry, signed, verified: command }, outcome === 'allow' ? null : trouble)
    await expectOutcome(checks, `${registry}: and not with another key`, [target, '--key', `${stranger}.pub`], env, 'deny')
    // where a signer has an object of its own there is no tag to watch, so it is quicker
    const second = await freshImage(hosts.olareg, `cosign/signed-by-us-${i}`)
    const ownSigned = await sealdex(['sign', second, '--key', `${prefix}.key`], { env })
    checks.check(`olareg: sealdex sign with the key of ${label}`, ownSigned.code === 0 ? null : troubleOf(ownSigned))
    await expectOutcome(checks, 'olareg: it verifies', [second, ...pub], env, 'allow')
  }
}

async function expectOutcome(checks: Checks, name: string, args: readonly string[], env: Readonly<Record<string, string>>, wanted: string): Promise<void> {
  const { outcome, trouble } = await verifyOutcome(args, { env })
  checks.check(`${name}: ${outcome}`, outcome === wanted ? null : `expected: ${wanted}\n${trouble}`)
}

function ours(folder: string): readonly KeyFiles[] {
  return ['p256', 'p384', 'p521', 'ed25519', 'rsa2048', 'rsa4096'].map((type) => {
    const prefix = join(folder, `sealdex-${type}`)
    return { label: `sealdex keygen --type ${type}`, prefix, make: (options) => sealdex(['keygen', '--type', type, '--output-key-prefix', prefix], options) }
  })
}

const IMPORTED: Readonly<Record<string, () => string>> = {
  'P-256': () => ec('P-256'),
  'P-384': () => ec('P-384'),
  'P-521': () => ec('P-521'),
  'RSA 2048': () => pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  'Ed25519': () => pem(generateKeyPairSync('ed25519').privateKey),
}

function ec(namedCurve: string): string {
  return pem(generateKeyPairSync('ec', { namedCurve }).privateKey)
}

function pem(key: KeyObject): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }))
}

function cosigns(cosign: string, folder: string): readonly KeyFiles[] {
  const generated = join(folder, 'generated')
  const imported = Object.entries(IMPORTED).map(([name, generate]): KeyFiles => {
    const prefix = join(folder, `imported-${name.replace(' ', '')}`)
    const make = async (options: RunOptions): Promise<Ran> => {
      await writeFile(`${prefix}.pem`, generate(), { mode: 0o600 })
      return run(cosign, ['import-key-pair', '--key', `${prefix}.pem`, '--output-key-prefix', prefix], options)
    }
    return { label: `cosign import-key-pair (${name})`, prefix, make }
  })
  return [{ label: 'cosign generate-key-pair', prefix: generated, make: (options) => run(cosign, ['generate-key-pair', '--output-key-prefix', generated], options) }, ...imported]
}

/** A new image under a repository of its own, named by its digest, as cosign wants it. */
async function freshImage(host: string, repository: string): Promise<string> {
  return `${host}/${repository}@${await pushNewImage(host, repository)}`
}
