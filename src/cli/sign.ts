import { sign, signList, type SignOptions, type SignResult } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { short } from './draw.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { save } from './files.ts'
import { NETWORK, OUTPUT, TRUST, type Given, type Options } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openRegistry, outputOf, timeOf } from './reading.ts'
import { signerOf, SIGNER } from './signer.ts'
import type { Page } from './verdict-text.ts'
import type { Terminal } from './terminal.ts'
import { annotationsOf } from './trust.ts'
import { sayWriterNotes, writtenLines } from './written-text.ts'

const { annotation } = TRUST as { readonly annotation: Options[string] }
const LAYOUTS = ['detached', 'flat', 'nested'] as const

export const signCommand: Command = {
  name: 'sign',
  summary: 'signs an image, with a key or as somebody',
  arguments: 'REFERENCE',
  least: 1,
  most: 1,
  about: 'Signs what the reference names and writes the signature to its registry. The layout "detached" touches no tag; "flat" and "nested" write the signatures into the index that the tag names, so they travel with every copy and the tag gets a new digest. A password for the key comes from SEALDEX_PASSWORD or COSIGN_PASSWORD, or is asked for on a terminal. Without a key, an authority (Fulcio) writes a certificate for the identity that a token is about, and logs keep it for everybody to see; what they answer is checked before anything is written.',
  options: {
    ...SIGNER,
    'layout': { value: LAYOUTS.join('|'), help: 'where the signature is written (default: detached)' },
    'each': { value: null, help: 'detached: sign every platform too, each for itself' },
    'platform': { value: 'OS/ARCH[/VARIANT]', help: 'only this platform\'s manifest' },
    'annotation': { ...annotation, help: 'sign this value along' },
    'expires-at': { value: 'TIME', help: 'the signature counts until then, for example 2027-01-31T00:00:00Z' },
    'bundle': { value: 'FILE', help: 'write a Sigstore bundle about the same image there too, which cosign reads' },
    'list': { value: null, help: 'sign the list of what is attached now, so that a policy can demand that nothing of it is hidden' },
    'renew': { value: null, help: 'put a new signature in the place of one by the same signer' },
    'force': { value: null, help: 'move the tag although something is bound to the digest that it names' },
    ...NETWORK,
    'max-requests': { value: 'N', help: 'requests that may be made (default: 2000)' },
    ...OUTPUT,
  },
  examples: ['sealdex sign registry.example/app:1.2 --key release.key', 'sealdex sign registry.example/app:1.2 --key release.key --layout flat -a env=prod', 'sealdex sign registry.example/app:1.2 --identity-token token.jwt --signing-config signing_config.json'],
  run: runSign,
}

async function runSign(given: Given, terminal: Terminal): Promise<number> {
  const output = outputOf(given)
  const layout = LAYOUTS.find((name) => name === (given.text('layout') ?? 'detached'))
  if (layout === undefined) throw new UsageError(`--layout is ${LAYOUTS.join(', ')}, and "${printable(given.text('layout') ?? '', 40)}" is none of them.`)
  if (given.flag('list')) refuseBesideList(given)
  const [reference = ''] = given.arguments.map(checkedReference)
  const expiresAt = given.text('expires-at')
  const options: Omit<SignOptions, 'signer' | 'source'> = {
    ...limitsOf(given),
    layout,
    each: given.flag('each'),
    force: given.flag('force'),
    renew: given.flag('renew'),
    annotations: annotationsOf(given),
    bundle: given.has('bundle'),
    ...(expiresAt !== null && { expiresAt: timeOf(expiresAt, '--expires-at') }),
  }
  const [signer, source] = [await signerOf(given, terminal, options.timeoutMs), await openRegistry(given, terminal)]
  const { bundle, ...result } = await withProgress(terminal, `Signing ${reference}`, (say): Promise<SignResult> => {
    const whole: SignOptions = { ...options, signer, source, onProgress: ({ subject, step }) => say(`Signing ${reference}: ${STEPS[step]} ${short(subject)}`) }
    return given.flag('list') ? signList(reference, whole) : sign(reference, whole)
  })
  const bundleFile = given.text('bundle')
  if (bundle !== undefined && bundleFile !== null) save(bundleFile, bundle, '--bundle')
  terminal.out(output === 'json' ? `${JSON.stringify(result)}\n` : signedText(result, given.flag('list') ? 'list of what is attached' : layout, 'kind' in signer, terminal))
  sayWriterNotes(result.notes, terminal)
  return EXIT.done
}

/** Options that say something else than a list. */
function refuseBesideList(given: Given): void {
  const idle = ['layout', 'each', 'platform', 'bundle', 'force', 'renew'].find((name) => given.has(name))
  if (idle !== undefined) throw new UsageError(`--list signs the list of what is attached to the whole image, each time anew, and --${idle} does not belong to it: leave one of them out.`)
}

const STEPS = { signing: 'signing', writing: 'writing, and watching that it stays,', done: 'done with' } as const

const DONE = { 'signed': 'signed', 'renewed': 'signed anew' } as const

function signedText({ reference, subjects, written, before, after }: SignResult, layout: string, isKeyless: boolean, { style }: Page): string {
  const already = `was signed by this ${isKeyless ? 'identity' : 'key'} already`
  const moved = before !== after
  return `${[
    `${style.bold(style.green('SIGNED'))}  ${style.bold(reference)}  (${layout})`,
    ...subjects.map(({ digest, platform, state }) => `  ${platform ?? 'index'}  ${short(digest)}  ${state === 'already-signed' ? already : DONE[state]}`),
    ...writtenLines(written),
    ...(moved ? ['The reference named', `  ${before}`, 'and names now', `  ${after}`] : ['The reference names, as before', `  ${after}`]),
  ].join('\n')}\n`
}
