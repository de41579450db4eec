import { exportSignatures, parsePublicKey, type ExportForm, type ExportResult, type PublicKey, type Signer } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { short } from './draw.ts'
import { printable, shortened } from './escape.ts'
import { UsageError } from './failure.ts'
import { textOf } from './files.ts'
import { NETWORK, OUTPUT, READING, type Given, type Options } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openRegistry, outputOf } from './reading.ts'
import { signerOf } from './signer.ts'
import type { Terminal } from './terminal.ts'
import { named } from './trust.ts'
import type { Page } from './verdict-text.ts'
import { wrap } from './wrap.ts'
import { sayWriterNotes, writtenLines } from './written-text.ts'

const FORMS: readonly ExportForm[] = ['cosign', 'bundle', 'notation']
const { at } = READING as { readonly at: Options[string] }

export const exportCommand: Command = {
  name: 'export',
  summary: 'brings signatures to where other tools look for them',
  arguments: 'REFERENCE',
  least: 1,
  most: 1,
  about: 'Brings the signatures of an image into another form, beside what stands there. "cosign" moves the same signatures with their payloads to cosign\'s .sig tags. "bundle" signs other bytes, so it takes the private key, and signs again as a Sigstore bundle what that key signed before. What cannot be brought along is named, and the exit status is 3.',
  options: {
    'to': { value: FORMS.join('|'), help: 'the form' },
    'key': { value: 'FILE', multiple: true, help: 'cosign: a public key that made signatures whose payload is not stored; bundle: the private key' },
    'signed-repository': { value: 'NAME', help: 'the repository under which such signatures were made' },
    at,
    ...NETWORK,
    'max-requests': { value: 'N', help: 'requests that may be made (default: 2000)' },
    ...OUTPUT,
  },
  examples: ['sealdex export registry.example/app:1.2 --to cosign', 'sealdex export registry.example/app:1.2 --to bundle --key release.key'],
  run: runExport,
}

async function runExport(given: Given, terminal: Terminal): Promise<number> {
  const output = outputOf(given)
  const reference = checkedReference(given.arguments[0] ?? '')
  const to = FORMS.find((name) => name === given.text('to'))
  if (to === undefined) throw new UsageError(`Say into which form: --to ${FORMS.join(', --to ')}.`)
  const { platform: _, ...limits } = limitsOf(given)
  const signedRepository = given.text('signed-repository')
  const options = { ...limits, to, ...(await keysOf(to, given, terminal)), ...(signedRepository !== null && { signedRepository }) }
  const source = await openRegistry(given, terminal)
  const result = await withProgress(terminal, `Exporting ${reference}`, () => exportSignatures(reference, { ...options, source }))
  terminal.out(output === 'json' ? `${JSON.stringify(result)}\n` : exportText(result, terminal))
  sayWriterNotes(result.notes, terminal)
  return result.notConverted.length === 0 ? EXIT.done : EXIT.failed
}

async function keysOf(to: ExportForm, given: Given, terminal: Terminal): Promise<{ readonly keys?: readonly PublicKey[]; readonly signer?: Signer }> {
  const files = given.texts('key')
  if (to === 'cosign') return { keys: await Promise.all(files.map(async (file) => named(file, () => parsePublicKey(textOf(file, '--key'))))) }
  if (files.length === 0 || to === 'notation') return {}
  if (files.length > 1) throw new UsageError('--key is given twice, and a bundle is signed by one key.')
  const signer = await signerOf(given, terminal, undefined)
  return 'kind' in signer ? {} : { signer }
}

const STATES = { written: '', there: 'was there' } as const

function exportText({ reference, to, converted, notConverted, inPlace, written }: ExportResult, { style, columns }: Page): string {
  const head = notConverted.length === 0 ? style.bold(style.green('EXPORTED')) : style.bold(style.red(converted.length === 0 ? 'NOT EXPORTED' : 'EXPORTED IN PART'))
  return `${[
    `${head}  ${style.bold(reference)}  (${to})`,
    ...converted.map(({ subject, form, state }) => `  ${short(subject)}  ${form}  ${STATES[state]}`.trimEnd()),
    ...(converted.length + notConverted.length === 0 ? ['  There was nothing to convert.'] : []),
    ...(inPlace === 0 ? [] : [`  ${inPlace} where cosign looks already`]),
    ...notConverted.flatMap(({ code, message }) => wrap(`${code}: ${shortened(printable(message, 1_000))}`, columns - 2).map((line) => `  ${line}`)),
    ...writtenLines(written),
  ].join('\n')}\n`
}
