/** Without a key, both ways, with a private Sigstore of real programs: cosign signs and we verify, we sign and both of us verify. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { verifyOutcome } from './arrival.ts'
import type { Checks } from './checks.ts'
import { REGISTRIES, type RegistryName } from './expectations.ts'
import type { Surroundings } from './matrix.ts'
import { findSigstore } from './peers.ts'
import { run, sealdex, troubleOf, type Ran } from './process.ts'
import { pushNewImage } from './push.ts'
import { ACCOUNTS, ACTIONS, ISSUERS, RUNNER_SECRET, startIssuers, type Issuers } from './sigstore/issuers.ts'
import { makeMaterial } from './sigstore/material.ts'
import { startSigstore, writeTrust, type ConfigName, type PrivateSigstore } from './sigstore/servers.ts'

const WORKFLOW = 'acme/app/.github/workflows/release.yml@refs/heads/main'
const SHA = 'c7b3dfb335f051e1c86bda4c716fac97df62ad81'
const RUNNER_CLAIMS = {
  iss: ACTIONS, sub: 'repo:acme/app:ref:refs/heads/main', job_workflow_ref: WORKFLOW, workflow_ref: WORKFLOW, sha: SHA, job_workflow_sha: SHA, workflow_sha: SHA, event_name: 'push', repository: 'acme/app', repository_owner: 'acme', repository_id: '1',
  repository_owner_id: '2', repository_visibility: 'public', workflow: 'Release', ref: 'refs/heads/main', run_id: '3', run_attempt: '1', runner_environment: 'github-hosted',
}

/** Who signs, by the claims of the token. */
interface Person {
  readonly claims: Readonly<Record<string, unknown>>
  readonly identity: string
  readonly issuer: string
  readonly extensions?: Readonly<Record<string, string>>
}

const ADA: Person = { claims: { iss: ACCOUNTS, sub: '1017', email: 'ada@example.com', email_verified: true }, identity: 'ada@example.com', issuer: ACCOUNTS }
const CI: Person = { claims: RUNNER_CLAIMS, identity: `https://github.com/${WORKFLOW}`, issuer: ACTIONS, extensions: { sourceRepositoryURI: 'https://github.com/acme/app', sourceRepositoryRef: 'refs/heads/main', buildTrigger: 'push', runnerEnvironment: 'github-hosted' } }
const PEOPLE = { 'an address': ADA, 'a workflow': CI } as const

interface Signed {
  readonly what: string
  readonly registry: RegistryName
  readonly signed: Ran
}

class Part {
  readonly #checks: Checks
  readonly #surroundings: Surroundings
  readonly #sigstore: PrivateSigstore
  readonly #issuers: Issuers
  readonly #folder: string
  /** The end of each token that was given out. */
  readonly #told: string[] = []
  #count = 0

  constructor(checks: Checks, surroundings: Surroundings, sigstore: PrivateSigstore, issuers: Issuers, folder: string) {
    this.#checks = checks
    this.#surroundings = surroundings
    this.#sigstore = sigstore
    this.#issuers = issuers
    this.#folder = folder
  }

  get sigstore(): PrivateSigstore {
    return this.#sigstore
  }

  file(name: string): string {
    return join(this.#folder, `${this.#count++}-${name}`)
  }

  async tokenFile({ claims }: Person): Promise<string> {
    const file = this.file('token.jwt')
    const token = this.#issuers.token(claims)
    this.#told.push(token.slice(-40))
    await writeFile(file, token, { mode: 0o600 })
    return file
  }

  async image(registry: RegistryName): Promise<string> {
    const [host, name] = [this.#surroundings.hosts[registry], `sigstore/image-${this.#count++}`]
    await pushNewImage(host, name)
    return `${host}/${name}:v1`
  }

  /** What another verified of what one signed: it ended well. */
  crossed(name: string, crossing: Signed, ran: Ran): void {
    this.#checks.crossed(name, { ...crossing, verified: ran.command }, ran.code === 0 ? null : troubleOf(ran))
  }

  /** Whether it ended well; whatever it says must not hold the token. */
  done(name: string, ran: Ran): boolean {
    const isTold = this.#told.some((token) => `${ran.stdout}${ran.stderr}`.includes(token))
    this.#checks.check(name, ran.code !== 0 ? troubleOf(ran) : isTold ? 'it prints the token' : null)
    return ran.code === 0
  }

  cosign(args: readonly string[]): Promise<Ran> {
    return run(this.#surroundings.peers.cosign, args, { env: this.#surroundings.env })
  }

  sealdex(args: readonly string[], more: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {}): Promise<Ran> {
    return sealdex(args, { ...more, env: { ...this.#surroundings.env, ...more.env } })
  }

  get runnerEnv(): Readonly<Record<string, string>> {
    return { ACTIONS_ID_TOKEN_REQUEST_URL: this.#issuers.tokenEndpoint, ACTIONS_ID_TOKEN_REQUEST_TOKEN: RUNNER_SECRET }
  }

  /** By a policy with the person, and the certificate's extensions where there are some; not for anybody else, and not without the root. */
  async verifies(name: string, reference: string, { identity, issuer, extensions }: Person, log: boolean, { source = [], crossing }: { readonly source?: readonly string[]; readonly crossing?: Signed } = {}): Promise<void> {
    const policy = async (who: string): Promise<string> => {
      const file = this.file('policy.json')
      const signer = { identity: who, issuer, log, ...(extensions !== undefined && { extensions }) }
      await writeFile(file, JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { who: signer }, require: {} }] }))
      return file
    }
    const ask = async (who: string, root: readonly string[]): ReturnType<typeof verifyOutcome> => verifyOutcome([reference, '--policy', await policy(who), ...root, ...source], { env: this.#surroundings.env })
    const root = ['--trusted-root', this.#sigstore.trustedRoot]
    for (const [how, who, given, wanted] of [['', identity, root, 'allow'], [', not for another identity', 'mallory@example.com', root, 'deny'], [', not by the public root', identity, [], 'deny']] as const) {
      const { outcome, trouble, command } = await ask(who, given)
      const [line, problem] = [`${name}${how}: ${outcome}`, outcome === wanted ? null : `expected: ${wanted}\n${trouble}`]
      if (crossing !== undefined && how === '') this.#checks.crossed(line, { ...crossing, verified: command }, problem)
      else this.#checks.check(line, problem)
    }
  }
}

export async function checkSigstore(checks: Checks, surroundings: Surroundings): Promise<void> {
  const folder = join(surroundings.folder, 'sigstore')
  await mkdir(folder)
  const peers = await findSigstore()
  const material = await makeMaterial(join(folder, 'material'), ISSUERS.map((issuer) => new URL(issuer).host))
  const issuers = await startIssuers(material, RUNNER_CLAIMS)
  surroundings.onClose(issuers.close)
  const place = { peers, material, folder, proxy: issuers.proxy, onClose: surroundings.onClose }
  const part = new Part(checks, surroundings, await writeTrust(surroundings.peers.cosign, place, await startSigstore(place)), issuers, folder)
  await keep(part.sigstore.trustedRoot, 'trusted_root.json')
  for (const config of ['v2', 'v1', 'v1-stamped', 'timestamp-alone'] as const) for (const [who, person] of Object.entries(PEOPLE)) await cosignSigns(part, config, who, person)
  for (const [who, person] of Object.entries(PEOPLE)) await cosignSignsTheOldWay(part, who, person)
  for (const config of ['v2', 'v1', 'v1-stamped', 'timestamp-alone'] as const) {
    for (const layout of ['detached', 'flat', 'nested'] as const) for (const registry of REGISTRIES) await sealdexSigns(part, { config, layout, registry })
  }
  await theRunnerSigns(part)
}

/** Bundles, as cosign 3 writes them. */
async function cosignSigns(part: Part, config: ConfigName, who: string, person: Person): Promise<void> {
  const target = await part.image('olareg')
  const signed = await part.cosign(['sign', '--yes', '--signing-config', part.sigstore.config[config], '--trusted-root', part.sigstore.trustedRoot, '--identity-token', await part.tokenFile(person), target])
  if (part.done(`cosign signs as ${who} (${config})`, signed)) await part.verifies('  sealdex verifies it', target, person, config !== 'timestamp-alone', { crossing: { what: `signed by cosign (bundle, ${config}), as ${who}`, registry: 'olareg', signed } })
}

/** `.sig`, with certificate, Rekor v1 and timestamp in annotations. */
async function cosignSignsTheOldWay(part: Part, who: string, person: Person): Promise<void> {
  const { fulcio, rekor1, tsa } = part.sigstore.urls
  const target = await part.image('docker-registry')
  const signed = await part.cosign([
    'sign', '--yes', '--new-bundle-format=false', '--use-signing-config=false', '--fulcio-url', fulcio, '--rekor-url', rekor1, '--timestamp-server-url', tsa, '--trusted-root', part.sigstore.trustedRoot, '--identity-token', await part.tokenFile(person), target,
  ])
  if (part.done(`cosign signs as ${who} the older way (.sig, Rekor v1, timestamp)`, signed)) await part.verifies('  sealdex verifies it', target, person, true, { crossing: { what: `signed by cosign (.sig), as ${who}`, registry: 'docker-registry', signed } })
}

interface Way {
  readonly config: ConfigName
  readonly layout: 'detached' | 'flat' | 'nested'
  readonly registry: RegistryName
}

async function sealdexSigns(part: Part, { config, layout, registry }: Way): Promise<void> {
  const [who, person] = layout === 'flat' ? ['a workflow', CI] as const : ['an address', ADA] as const
  const [target, bundle] = [await part.image(registry), part.file('bundle.json')]
  const keyless = ['--signing-config', part.sigstore.config[config], '--trusted-root', part.sigstore.trustedRoot]
  const signed = await part.sealdex(['sign', target, '--identity-token', await part.tokenFile(person), ...keyless, '--layout', layout, '--bundle', bundle, '--output', 'json'])
  if (!part.done(`${registry}: sealdex signs as ${who} (${config}, ${layout})`, signed)) return
  const isLogged = config !== 'timestamp-alone'
  await part.verifies('  sealdex verifies it', target, person, isLogged)
  const evidence = part.file('evidence.tar')
  if (part.done('  sealdex records the evidence', await part.sealdex(['evidence', target, '-o', evidence]))) await part.verifies('  sealdex verifies the evidence', target, person, isLogged, { source: ['--source', `layout:${evidence}`] })
  const { subjects } = JSON.parse(signed.stdout) as { readonly subjects: readonly { readonly digest: string }[] }
  if (registry === 'olareg' || layout === 'detached') await keep(evidence, `${config}-${layout}-${registry}.tar.gz`)
  for (const { digest } of subjects) await cosignVerifiesBundle(part, { bundle, digest, person, config }, { what: `signed by sealdex (bundle, ${config}, ${layout}), as ${who}`, registry, signed })
  if (isLogged) {
    const own = ['--certificate-identity', person.identity, '--certificate-oidc-issuer', person.issuer, '--trusted-root', part.sigstore.trustedRoot]
    part.done('  sealdex verifies the bundle', await part.sealdex(['verify-bundle', subjects[0]?.digest ?? '', '--bundle', bundle, ...own]))
  }
}

interface Written {
  readonly bundle: string
  readonly digest: string
  readonly person: Person
  readonly config: ConfigName
}

async function cosignVerifiesBundle(part: Part, { bundle, digest, person: { identity, issuer }, config }: Written, signed: Signed): Promise<void> {
  const args = (who: string): readonly string[] => [
    'verify-blob-attestation', '--bundle', bundle, '--type', 'https://sigstore.dev/cosign/sign/v1', '--digest', digest.slice('sha256:'.length), '--digestAlg', 'sha256', '--trusted-root', part.sigstore.trustedRoot, '--certificate-identity', who, '--certificate-oidc-issuer', issuer,
    ...(config === 'timestamp-alone' ? ['--insecure-ignore-tlog'] : []), ...(config === 'v1' ? [] : ['--use-signed-timestamps']),
  ]
  part.crossed('  cosign verifies the bundle', signed, await part.cosign(args(identity)))
  const other = await part.cosign(args('mallory@example.com'))
  part.done('  cosign refuses it for another identity', { ...other, code: other.code === 0 ? 1 : 0 })
}

/** `SEALDEX_RECORDED=FOLDER`: where test/sigstore/signing/recorded is made anew, out of this run. */
const RECORDED = process.env['SEALDEX_RECORDED'] ?? ''

async function keep(file: string, name: string): Promise<void> {
  if (RECORDED === '') return
  const bytes = await readFile(file)
  await writeFile(join(RECORDED, name), name.endsWith('.gz') ? gzipSync(bytes) : bytes)
}

/** In GitHub Actions no token is given: it is asked for. */
async function theRunnerSigns(part: Part): Promise<void> {
  const target = await part.image('olareg')
  const keyless = ['--signing-config', part.sigstore.config.v2, '--trusted-root', part.sigstore.trustedRoot]
  const signed = await part.sealdex(['sign', target, ...keyless], { env: part.runnerEnv })
  if (part.done('sealdex signs with the ambient token of GitHub Actions', signed)) await part.verifies('  sealdex verifies it', target, CI, true)
  const again = await part.sealdex(['sign', target, ...keyless], { env: part.runnerEnv })
  part.done('sealdex signs once only as the same workflow', { ...again, code: again.code === 0 && again.stdout.includes('was signed by this identity already') ? 0 : 1 })
}
