/** What we attach, attest, list and prune, on real registries: cosign verifies the attestations, oras finds and pulls the files. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checks } from './checks.ts'
import { ALL_REGISTRIES, type AnyRegistry } from './expectations.ts'
import type { Surroundings } from './matrix.ts'
import { mustRun, run, sealdex, troubleOf, type Ran } from './process.ts'
import { pushNewImage } from './push.ts'

const TYPES = ['custom', 'slsaprovenance', 'slsaprovenance1', 'spdx', 'spdxjson', 'cyclonedx', 'vuln', 'openvex', 'link', 'https://example.com/scan/v1'] as const
/** More than one piece of an upload. */
const LARGE_BYTES = 20_000_003

export async function checkAttached(checks: Checks, surroundings: Surroundings): Promise<void> {
  const { folder, env, hosts } = surroundings
  const at = join(folder, 'attached')
  await mkdir(at)
  for (const name of ['release', 'stranger']) await mustRun(sealdex(['keygen', '--output-key-prefix', join(at, name)], { env }))
  await writeFile(join(at, 'p.json'), '{"a":1,"n":1.50}\n')
  await writeFile(join(at, 'p.spdx'), 'SPDXVersion: SPDX-2.3\n')
  await writeFile(join(at, 'large.bin'), new Uint8Array(LARGE_BYTES).map((_, i) => (i * 31 + (i >> 8)) & 255))
  for (const registry of ALL_REGISTRIES) await new OneRegistry(checks, surroundings, registry, hosts[registry], at).check()
}

class OneRegistry {
  readonly #checks: Checks
  readonly #surroundings: Surroundings
  readonly #registry: AnyRegistry
  readonly #host: string
  readonly #folder: string

  constructor(checks: Checks, surroundings: Surroundings, registry: AnyRegistry, host: string, folder: string) {
    this.#checks = checks
    this.#surroundings = surroundings
    this.#registry = registry
    this.#host = host
    this.#folder = folder
  }

  async check(): Promise<void> {
    // distribution 3 takes uploads in its own way, and lists what is attached as docker-registry does
    if (this.#registry !== 'distribution') await this.#attestations()
    await this.#files()
  }

  #file(name: string): string {
    return join(this.#folder, name)
  }

  #done(name: string, ran: Ran, as: (ran: Ran) => boolean = ({ code }) => code === 0): void {
    this.#checks.check(`${this.#registry}: ${name}`, as(ran) ? null : troubleOf(ran))
  }

  #sealdex(args: readonly string[]): Promise<Ran> {
    return sealdex(args, { env: this.#surroundings.env })
  }

  async #attestations(): Promise<void> {
    const { peers: { cosign }, env } = this.#surroundings
    const image = await this.#freshImage('attested')
    const verify = (type: string, key: string): Promise<Ran> => run(cosign, ['verify-attestation', '--key', this.#file(key), '--insecure-ignore-tlog', '--type', type, image], { env })
    const attested = new Map<string, Ran>()
    for (const type of TYPES) {
      const ran = await this.#sealdex(['attest', image, '--predicate', this.#file(type === 'spdx' ? 'p.spdx' : 'p.json'), '--type', type, '--key', this.#file('release.key')])
      this.#done(`sealdex attest --type ${type}`, ran)
      attested.set(type, ran)
    }
    // afterwards: cosign looks at all of an image's attestations
    for (const type of TYPES) {
      const [signed, verified] = [attested.get(type), await verify(type, 'release.pub')]
      if (signed !== undefined) this.#checks.crossed(`${this.#registry}: cosign verify-attestation --type ${type}`, { what: `attested by sealdex, ${type}`, registry: this.#registry, signed, verified: verified.command }, verified.code === 0 ? null : troubleOf(verified))
    }
    this.#done('cosign verify-attestation by another key refuses', await verify('vuln', 'stranger.pub'), ({ code }) => code !== 0)
  }

  async #files(): Promise<void> {
    const { peers: { oras }, env } = this.#surroundings
    const image = await this.#freshImage('files')
    const [tagged] = image.split('@')
    const key = ['--key', this.#file('release.key')]
    this.#done('sealdex sign', await this.#sealdex(['sign', `${tagged ?? ''}:v1`, ...key]))
    const attached = await this.#sealdex(['attach', `${tagged ?? ''}:v1`, this.#file('large.bin'), '--type', 'application/vnd.example.large', ...key, '--output', 'json'])
    this.#done('sealdex attach of 20 MB in pieces', attached)
    this.#done('sealdex sign --list', await this.#sealdex(['sign', `${tagged ?? ''}:v1`, '--list', ...key]))
    const digest = /"artifact":\{"digest":"(sha256:[0-9a-f]{64})"/.exec(attached.stdout)?.[1] ?? ''
    this.#done('oras discover finds it', await run(oras, ['discover', '--plain-http', '--format', 'json', image], { env }), ({ code, stdout }) => code === 0 && stdout.includes(digest))
    const pulled = await run(oras, ['pull', '--plain-http', '-o', this.#file(this.#registry), `${tagged ?? ''}@${digest}`], { env })
    const [wanted, got] = await Promise.all([this.#file('large.bin'), join(this.#file(this.#registry), 'large.bin')].map(hashOf))
    this.#done('oras pull gives the same file', pulled, () => wanted !== null && wanted === got)
    await this.#completeness(`${tagged ?? ''}:v1`)
  }

  async #completeness(image: string): Promise<void> {
    const policy = this.#file('complete.json')
    await writeFile(policy, JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { release: { keys: [{ key: await readFile(this.#file('release.pub'), 'utf8') }] } }, require: { complete: true } }] }))
    const verify = (): Promise<Ran> => this.#sealdex(['verify', image, '--policy', policy])
    this.#done('complete by the signed list: allow', await verify())
    await mustRun(this.#sealdex(['attest', image, '--predicate', this.#file('p.json'), '--type', 'vuln', '--key', this.#file('stranger.key')]))
    this.#done('with what a stranger attested it is not: deny', await verify(), ({ code, stdout }) => code === 1 && stdout.includes('incomplete'))
    this.#done('sealdex prune takes that away', await this.#sealdex(['prune', image, '--key', this.#file('release.pub')]), ({ code, stdout }) => code === 0 && stdout.startsWith('PRUNED'))
    this.#done('and it is complete again: allow', await verify())
  }

  /** Under a repository of its own; named by its digest, as cosign wants it. */
  async #freshImage(name: string): Promise<string> {
    const repository = `attached/${name}`
    return `${this.#host}/${repository}@${await pushNewImage(this.#host, repository)}`
  }
}

async function hashOf(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(() => null)
  return bytes === null ? null : createHash('sha256').update(bytes).digest('hex')
}
