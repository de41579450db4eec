/** The processes that race, each with what is asked of it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKey } from '../../../src/index.ts'
import { SIG_FLAGS } from '../cosign-keys.ts'
import { keysOf, partyOf } from '../notation.ts'
import type { Peers } from '../peers.ts'
import { mustRun, run, type Ran } from '../process.ts'
import { randomFrom } from '../../sigstore/kit/random.ts'

export const TOOLS = ['sealdex', 'cosign', 'oras', 'notation'] as const
export type Tool = (typeof TOOLS)[number]

export interface Writer {
  readonly tool: Tool
  /** What it does, as a person would type it. */
  readonly does: 'sign' | 'attach' | 'attach --key' | 'attest'
  /** Its own number: which key, which file, which predicate type. */
  readonly number: number
  /** PEM; null where it does not sign. */
  readonly publicKey: string | null
  /** `image`: `HOST/repository@digest`. */
  run(image: string): Promise<Ran>
}

export interface Tools {
  readonly peers: Peers
  readonly notation: string
  /** Our command's script. */
  readonly sealdex: string
  readonly env: Readonly<Record<string, string>>
  /** For keys and files. */
  readonly folder: string
}

export const ATTACHED_TYPE = 'application/vnd.example.report'

export function predicateType(number: number): string {
  return `https://example.com/scan-${number}/v1`
}

/** Of ours; keys take turns between two algorithms. */
export async function ours(tools: Tools, does: readonly Writer['does'][]): Promise<readonly Writer[]> {
  const { sealdex, env, folder } = tools
  const start = (...args: string[]): Promise<Ran> => run(process.execPath, [sealdex, ...args, '--output', 'json'], { env })
  return Promise.all(does.map(async (what, number): Promise<Writer> => {
    const key = await generateKey(number % 2 === 0 ? 'ec-p256' : 'ed25519')
    const [keyFile, file] = [join(folder, `${number}.pem`), join(folder, `report-${number}.json`)]
    await writeFile(keyFile, key.pkcs8Pem(), { mode: 0o600 })
    await writeFile(file, JSON.stringify({ report: number }))
    const asked: Readonly<Record<Writer['does'], (image: string) => Promise<Ran>>> = {
      'sign': (image) => start('sign', image, '--key', keyFile),
      'attach': (image) => start('attach', image, file, '--type', ATTACHED_TYPE),
      'attach --key': (image) => start('attach', image, file, '--type', ATTACHED_TYPE, '--key', keyFile),
      'attest': (image) => start('attest', image, '--predicate', file, '--type', predicateType(number), '--key', keyFile),
    }
    return { tool: 'sealdex', does: what, number, publicKey: what === 'attach' ? null : key.publicPem, run: asked[what] }
  }))
}

/** So many of each of the other tools, as each of them is by default, but for cosign's transparency log. */
export async function others({ peers, notation, env, folder }: Tools, each: number): Promise<readonly Writer[]> {
  const key = join(folder, 'cosign')
  await mustRun(run(peers.cosign, ['generate-key-pair', '--output-key-prefix', key], { env }))
  const config = join(folder, 'config-of-notation', 'notation')
  await mkdir(config, { recursive: true })
  await keysOf(config, new Map([['P-256', partyOf('P-256', randomFrom('race'))]]))
  const withNotation = { ...env, XDG_CONFIG_HOME: join(config, '..') }
  const bundleFlags = SIG_FLAGS.filter((flag) => !flag.startsWith('--new-bundle-format'))
  return Array.from({ length: each }, (_, number): readonly Writer[] => {
    const file = `other-${number}.txt`
    return [
      { tool: 'cosign', does: 'sign', number, publicKey: null, run: (image) => run(peers.cosign, ['sign', '--key', `${key}.key`, ...bundleFlags, image], { env }) },
      {
        tool: 'oras', does: 'attach', number, publicKey: null,
        async run(image) {
          await writeFile(join(folder, file), `other ${number}`)
          return run(peers.oras, ['attach', '--plain-http', '--artifact-type', ATTACHED_TYPE, image, `${file}:text/plain`], { env, cwd: folder })
        },
      },
      { tool: 'notation', does: 'sign', number, publicKey: null, run: (image) => run(notation, ['sign', '--insecure-registry', '--key', 'P-256', image], { env: withNotation }) },
    ]
  }).flat()
}
