import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import { loadTrustedRoot, verifyBundle } from '../src/index.ts'
import { validCases } from '../test/sigstore/kit/valid.ts'
import { median, us } from './compare.ts'

// One bundle, verified by sealdex and by @sigstore/verify: with the trust root read beforehand (warm) and read each time (cold); and against the bare WebCrypto calls that sealdex makes for it.
// node bench/bundle.ts [DIR]: with the bundles of a folder of sigstore-conformance too.

interface Sample {
  readonly name: string
  readonly bundle: Uint8Array<ArrayBuffer>
  readonly artifact: Uint8Array<ArrayBuffer>
  readonly root: string
}

const folder = process.argv[2]
const encode = (json: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(json))

function fromKit(name: string): Sample {
  const found = validCases('bench').find((one) => one.name === name)
  if (found === undefined) throw new Error(`the kit has no case ${name}`)
  return { name, bundle: encode(found.made.json), artifact: found.artifact, root: JSON.stringify(found.trust) }
}

function fromFolder(path: string, name: string, root: string): Sample {
  const bytes = (file: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(path, file)))
  return { name, bundle: bytes(`${name}/bundle.sigstore.json`), artifact: bytes('a.txt'), root: readFileSync(join(path, root), 'utf8') }
}

const samples = [
  fromKit('message, Rekor v1, v0.3'), fromKit('message, Rekor v2, timestamp'), fromKit('dsse, Rekor v1 dsse'),
  ...(folder === undefined ? [] : [fromFolder(resolve(folder), 'happy-path-v0.3', 'trusted_root.public-good.json'), fromFolder(resolve(folder), 'rekor2-happy-path', 'rekor2-happy-path/trusted_root.json')]),
]

function peerVerifier(root: string): Verifier {
  return new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root))), { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 })
}

function peerVerify(verifier: Verifier, { bundle, artifact }: Sample): void {
  const parsed = bundleFromJSON(JSON.parse(new TextDecoder().decode(bundle)))
  verifier.verify(toSignedEntity(parsed, parsed.content.$case === 'messageSignature' ? Buffer.from(artifact) : undefined))
}

const ROUNDS = 5
const CALLS = 100

type Call = readonly [method: 'verify' | 'digest' | 'importKey', args: readonly unknown[]]

/** The calls that one verification makes of WebCrypto, with their arguments. */
async function recorded(work: () => Promise<void>): Promise<readonly Call[]> {
  const { subtle } = crypto
  const calls: Call[] = []
  for (const method of ['verify', 'digest', 'importKey'] as const) {
    const original = subtle[method].bind(subtle) as (...args: readonly unknown[]) => Promise<unknown>
    Object.defineProperty(subtle, method, { configurable: true, value: (...args: readonly unknown[]) => (calls.push([method, args]), original(...args)) })
  }
  await work()
  for (const method of ['verify', 'digest', 'importKey'] as const) Reflect.deleteProperty(subtle, method)
  return calls
}

async function replay(calls: readonly Call[]): Promise<void> {
  for (const [method, args] of calls) await (crypto.subtle[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
}

type Work = () => Promise<void>

interface Figure {
  readonly wall: number
  /** Processor time of the whole process, its threads included: other work on the machine makes little of it. */
  readonly cpu: number
}

/**
 * The works in turns, long ones: what one leaves behind is cleared away (V8 collects in 10 to 20 ms) before the other has run for long. The median of the
 * rounds, for one call each.
 */
async function figures(works: readonly Work[]): Promise<readonly Figure[]> {
  const all = works.map(() => ({ wall: [] as number[], cpu: [] as number[] }))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [at, work] of works.entries()) {
      for (let i = 0; i < CALLS / 4; i++) await work()
      const [start, used] = [performance.now(), process.cpuUsage()]
      for (let i = 0; i < CALLS; i++) await work()
      const { user, system } = process.cpuUsage(used)
      // in the first, code is still being compiled
      if (round === 0) continue
      all[at]?.wall.push((performance.now() - start) / CALLS)
      all[at]?.cpu.push((user + system) / 1000 / CALLS)
    }
  }
  return all.map(({ wall, cpu }) => ({ wall: median(wall), cpu: median(cpu) }))
}

function say(title: string, [ours, peer]: readonly Figure[], name: string, upside: boolean): void {
  const ratio = (kind: keyof Figure): string => {
    const [a, b] = [ours?.[kind] ?? NaN, peer?.[kind] ?? NaN]
    return `${us(a)} against ${us(b)} (${upside ? `${(b / a).toFixed(1)} times as fast` : `ratio ${(a / b).toFixed(2)}`})`
  }
  console.log(`  ${title}: sealdex against ${name}: ${ratio('wall')}; processor time ${ratio('cpu')}`)
}

for (const sample of samples) {
  const { name, bundle, artifact, root } = sample
  const trust = await loadTrustedRoot(root)
  const warm: Work = async () => void await verifyBundle(bundle, artifact, trust)
  const cold: Work = async () => void await verifyBundle(bundle, artifact, await loadTrustedRoot(root))
  const verifier = peerVerifier(root)
  console.log(`${name} (${bundle.length} bytes)`)
  await warm()
  for (const [title, ours, theirs] of [['root warm', warm, async () => peerVerify(verifier, sample)], ['root cold', cold, async () => peerVerify(peerVerifier(root), sample)]] as const) {
    const calls = await recorded(ours)
    const counts = ['verify', 'importKey', 'digest'].map((method) => `${calls.filter(([each]) => each === method).length} ${method}`).join(', ')
    say(title, await figures([ours, theirs]), '@sigstore/verify', true)
    say(`its calls of WebCrypto alone (${counts})`, await figures([ours, () => replay(calls)]), 'them, one after the other', false)
  }
}
