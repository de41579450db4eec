import { createHash } from 'node:crypto'
import { copy, verify, type CopyOptions, type CopyProgress, type CopyResult, type CopySide, type CopySource, type CopyTarget, type Verdict } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { openSourceSide, openTargetSide, reopened, sideOf, type Side, type TargetSide } from './copy-side.ts'
import { copyText, inUnits } from './copy-text.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { NETWORK, OUTPUT, READING, TRUST, type Given } from './option.ts'
import { withProgress } from './progress.ts'
import { limitsOf, openRegistry, outputOf } from './reading.ts'
import type { Terminal } from './terminal.ts'
import { rootOf, sayNotes, trustIfAny } from './trust.ts'
import { TRUSTED_ROOT } from './trusted-root.ts'

const { at } = READING as { readonly at: NonNullable<(typeof READING)[string]> }

export const copyCommand: Command = {
  name: 'copy',
  summary: 'copies an image with everything that is attached to it',
  arguments: 'SOURCE DESTINATION',
  least: 2,
  most: 2,
  about: 'Copies an image whole: nested indexes, every platform, what is attached to any of them and to that, digest tags, and cosign\'s .sig and .att tags. Either side is a reference, or layout:PATH[:TAG] for an image layout in a folder or a tar. Every digest is checked on the way; what stands at the destination already is not sent again and not overwritten, so the same command completes what was broken off. With --key or a policy the image is verified before and after. Exit status 3 if something could not be carried.',
  options: {
    ...TRUST, ...TRUSTED_ROOT, at,
    'at-once': { value: 'N', help: 'layers on their way at once (default: 4)' },
    ...NETWORK,
    'max-requests': { value: 'N', help: 'requests that may be made (default: 50000)' },
    ...OUTPUT,
  },
  examples: [
    'sealdex copy registry.example/app:1.2 other.example/app:1.2',
    'sealdex copy registry.example/app:1.2 layout:app.tar',
    'sealdex copy layout:folder:1.2 registry.example/app:1.2 --key release.pub',
  ],
  run: runCopy,
}

async function runCopy(given: Given, terminal: Terminal): Promise<number> {
  const output = outputOf(given)
  const { at: time, ...limits } = limitsOf(given)
  const [from, to] = given.arguments.map(sideOf) as [Side, Side]
  const trust = await trustIfAny(given)
  sayNotes(trust, terminal)
  const root = trust === null ? {} : await rootOf(given, terminal)
  let opened: Promise<CopyTarget> | null = null
  const registry = (): Promise<CopyTarget> => (opened ??= openRegistry(given, terminal))
  const source = await openSourceSide(from, to, registry)
  const target = await openTargetSide(to, source, from, registry)
  const judge = async (reference: string, store: CopySource): Promise<Verdict | null> => (
    trust === null ? null : verify(reference, { ...root, policy: trust.policy, source: store, ...(time !== undefined && { at: time }) })
  )
  const before = await judge(source.reference.canonical, source.store)
  const result = await carried(source, target, terminal, { ...limits, ...atOnceOf(given), makeDigest: createHash })
  const again = trust === null ? null : await reopened(to, target.side, result.digest)
  const after = again === null || !result.complete ? null : await judge(again.reference, again.source)
  const verdicts = trust === null ? null : { before: before?.outcome ?? null, after: after?.outcome ?? null }
  terminal.out(output === 'json' ? `${JSON.stringify({ ...result, verdicts })}\n` : copyText(result, verdicts, terminal))
  if (verdicts !== null && verdicts.before !== verdicts.after) {
    terminal.err(`sealdex: The verdict was ${verdicts.before ?? 'none'} before and is ${verdicts.after ?? 'none'} now; "sealdex verify" says why.${after?.outcome === 'allow' ? '' : ' A signature that names no repository is found under another name with --signed-repository NAME.'}\n`)
  }
  return result.complete && result.notCarried.length === 0 ? EXIT.done : EXIT.failed
}

async function carried(source: CopySide<CopySource>, { side, writer }: TargetSide, terminal: Terminal, options: CopyOptions): Promise<CopyResult> {
  const what = `Copying ${source.name ?? source.reference.canonical}`
  try {
    const result = await withProgress(terminal, what, (say) => copy(source, side, { ...options, onProgress: (progress) => say(barOf(what, progress)) }))
    await writer?.finish()
    return result
  } catch (error) {
    await writer?.abandon()
    throw error
  }
}

const BAR = 20

function barOf(what: string, { step, manifests, bytes }: CopyProgress): string {
  if (step === 'looking') return `${what}: ${manifests.all} manifests found`
  const share = bytes.all === 0 ? 1 : Math.min(1, Math.max(0, bytes.done / bytes.all))
  const filled = Math.round(share * BAR)
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${inUnits(bytes.done)} of ${inUnits(bytes.all)}, ${manifests.done} of ${manifests.all} manifests`
}

function atOnceOf(given: Given): { readonly atOnce?: number } {
  const text = given.text('at-once')
  if (text === null) return {}
  if (!/^(?:[1-9]|[12]\d|3[0-2])$/.test(text)) throw new UsageError(`--at-once is a number from 1 to 32, and "${printable(text, 40)}" is not.`)
  return { atOnce: Number(text) }
}
