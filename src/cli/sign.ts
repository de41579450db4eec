import { sign, type SignOptions, type SignResult } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { short } from './draw.ts'
import { printable, shortened } from './escape.ts'
import { UsageError } from './failure.ts'
import { save } from './files.ts'
import { NETWORK, OUTPUT, TRUST, type Given, type Options } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openRegistry, outputOf, timeOf } from './reading.ts'
import { signerOf, SIGNER } from './signer.ts'
import type { Page } from './verdict-text.ts'
import type { Terminal } from './terminal.ts'
import { annotationsOf } from './trust.ts'
import { wrap } from './wrap.ts'

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
  const { bundle, ...result } = await withProgress(terminal, `Signing ${reference}`, (say) => (
    sign(reference, { ...options, signer, source, onProgress: ({ subject, step }) => say(`Signing ${reference}: ${STEPS[step]} ${short(subject)}`) })
  ))
  const bundleFile = given.text('bundle')
  if (bundle !== undefined && bundleFile !== null) save(bundleFile, bundle, '--bundle')
  terminal.out(output === 'json' ? `${JSON.stringify(result)}\n` : signedText(result, layout, 'kind' in signer, terminal))
  for (const { code, message } of result.notes) terminal.err(`${wrap(`${code}: ${shortened(printable(message, 1_000))}`, terminal.columns).join('\n  ')}\n`)
  return EXIT.done
}

const STEPS = { signing: 'signing', writing: 'writing, and watching that it stays,', done: 'done with' } as const

const DONE = { 'signed': 'signed', 'renewed': 'signed anew' } as const
const KINDS = { 'referrer': 'referrer', 'digest-tag': 'digest tag', 'tag': 'tag' } as const

function signedText({ reference, subjects, written, before, after }: SignResult, layout: string, isKeyless: boolean, { style }: Page): string {
  const already = `was signed by this ${isKeyless ? 'identity' : 'key'} already`
  const moved = before !== after
  return `${[
    `${style.bold(style.green('SIGNED'))}  ${style.bold(reference)}  (${layout})`,
    ...subjects.map(({ digest, platform, state }) => `  ${platform ?? 'index'}  ${short(digest)}  ${state === 'already-signed' ? already : DONE[state]}`),
    written.length === 0 ? 'Nothing had to be written.' : 'Written',
    ...written.map(({ kind, tag, digest }) => `  ${KINDS[kind]}${tag === null ? '' : ` ${tag}`}  ${digest}`),
    ...(moved ? ['The reference named', `  ${before}`, 'and names now', `  ${after}`] : ['The reference names, as before', `  ${after}`]),
  ].join('\n')}\n`
}
