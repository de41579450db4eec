import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import { loadTrustedRoot, verifyBundle } from '../src/index.ts'
import { fromFolder, fromKit, type Sample } from './bundle-samples.ts'
import { median, us } from './compare.ts'

// One bundle, verified by sealdex and by @sigstore/verify: with the trust root read beforehand (warm) and read each time (cold); and against the bare WebCrypto calls that sealdex makes for it.
// node bench/bundle.ts [DIR]: with the bundles of a folder of sigstore-conformance too.

const folder = process.argv[2]

const samples = [
  fromKit('message, Rekor v1, v0.3'), fromKit('message, Rekor v2, timestamp'), fromKit('dsse, Rekor v1 dsse'),
  ...(folder === undefined ? [] : [fromFolder(folder, 'happy-path-v0.3', 'trusted_root.public-good.json'), fromFolder(folder, 'rekor2-happy-path', 'rekor2-happy-path/trusted_root.json')]),
]

function peerVerifier(root: string): Verifier {
  return new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root))), { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 })
}

function peerVerify(verifier: Verifier, { bundle, artifact }: Sample): void {
  const parsed = bundleFromJSON(JSON.parse(new TextDecoder().decode(bundle)))
  verifier.verify(toSignedEntity(parsed, parsed.content.$case === 'messageSignature' ? Buffer.from(artifact) : undefined))
}

const ROUNDS = 15
const CALLS = 40

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
 * Both works in turns. Each begins with calls that are not counted, so that what the other left behind is cleared away (V8 collects in 10 to 20 ms). For one call each.
 */
async function figures(works: readonly [Work, Work]): Promise<readonly (readonly [Figure, Figure])[]> {
  const rounds: (readonly [Figure, Figure])[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = [await figure(works[0]), await figure(works[1])] as const
    // in the first, code is still being compiled
    if (round > 0) rounds.push(pair)
  }
  return rounds
}

async function figure(work: Work): Promise<Figure> {
  for (let i = 0; i < CALLS / 2; i++) await work()
  const [start, used] = [performance.now(), process.cpuUsage()]
  for (let i = 0; i < CALLS; i++) await work()
  const { user, system } = process.cpuUsage(used)
  return { wall: (performance.now() - start) / CALLS, cpu: (user + system) / 1000 / CALLS }
}

/** Medians; the ratio is the median of the rounds' own, since a shared machine is not as fast in one round as in the next. */
function say(title: string, rounds: readonly (readonly [Figure, Figure])[], name: string, upside: boolean): void {
  const told = (kind: keyof Figure): string => {
    const [ours, peer] = [0, 1].map((at) => us(median(rounds.map((pair) => pair[at as 0 | 1][kind]))))
    const ratio = median(rounds.map(([a, b]) => (upside ? b[kind] / a[kind] : a[kind] / b[kind])))
    return `${ours} against ${peer} (${upside ? `${ratio.toFixed(1)} times as fast` : `ratio ${ratio.toFixed(2)}`})`
  }
  console.log(`  ${title}: sealdex against ${name}: ${told('wall')}; processor time ${told('cpu')}`)
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
