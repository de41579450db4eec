import { exportSignatures, parsePublicKey, SealdexError, type ExportForm, type ExportOptions, type ExportResult } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { short } from './draw.ts'
import { printable, shortened } from './escape.ts'
import { UsageError } from './failure.ts'
import { textOf } from './files.ts'
import { NETWORK, OUTPUT, READING, type Given, type Options } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openRegistry, outputOf } from './reading.ts'
import { keySignerOf } from './signer.ts'
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
  about: 'Brings the signatures of an image into another form, beside what stands there. "cosign" moves the same signatures with their payloads to cosign\'s .sig tags. "bundle" and "notation" sign other bytes, so they take the private key, and sign again, as a Sigstore bundle or as notation does, what that key signed before. notation names its signer by a certificate, and without a timestamp the signature counts as long as that is valid. What cannot be brought along is named, and the exit status is 3.',
  options: {
    'to': { value: FORMS.join('|'), help: 'the form' },
    'key': { value: 'FILE', multiple: true, help: 'cosign: a public key that made signatures whose payload is not stored; bundle, notation: the private key' },
    'certificate': { value: 'FILE', help: 'notation: the certificates of that key in PEM, its own first, the root last' },
    'signed-repository': { value: 'NAME', help: 'the repository under which such signatures were made' },
    at,
    ...NETWORK,
    'max-requests': { value: 'N', help: 'requests that may be made (default: 2000)' },
    ...OUTPUT,
  },
  examples: ['sealdex export registry.example/app:1.2 --to cosign', 'sealdex export registry.example/app:1.2 --to bundle --key release.key', 'sealdex export registry.example/app:1.2 --to notation --key release.key --certificate release.pem'],
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
  const result = await withProgress(terminal, `Exporting ${reference}`, () => aboutCertificate(given, () => exportSignatures(reference, { ...options, source })))
  terminal.out(output === 'json' ? `${JSON.stringify(result)}\n` : exportText(result, terminal))
  sayWriterNotes(result.notes, terminal)
  return result.notConverted.length === 0 ? EXIT.done : EXIT.failed
}

async function keysOf(to: ExportForm, given: Given, terminal: Terminal): Promise<Pick<ExportOptions, 'keys' | 'signer' | 'certificates'>> {
  const certificate = given.text('certificate')
  if (certificate !== null && to !== 'notation') throw new UsageError(`--certificate belongs to --to notation; ${to === 'bundle' ? 'a bundle names its signer by the key alone' : 'cosign\'s form keeps what stands beside a signature'}.`)
  if (to === 'cosign') return { keys: await Promise.all(given.texts('key').map(async (file) => named(file, () => parsePublicKey(textOf(file, '--key'))))) }
  const signer = await keySignerOf(given, terminal, to === 'notation' ? 'pss' : 'pkcs1')
  return { ...(signer !== null && { signer }), ...(certificate !== null && { certificates: textOf(certificate, '--certificate') }) }
}

const CERTIFICATE: ReadonlySet<string> = new Set(['bad-certificate', 'untrusted-certificate', 'certificate-expired', 'certificate-misused'])

/** A certificate that cannot be used is a wrong file, as a key is. */
async function aboutCertificate<T>(given: Given, work: () => Promise<T>): Promise<T> {
  const file = given.text('certificate')
  if (file === null) return work()
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SealdexError) || !CERTIFICATE.has(error.code)) throw error
    throw new UsageError(`${printable(file)}: ${error.message}`, error.code)
  }
}

/** Who looks where a form stands. */
const READERS: Readonly<Record<ExportForm, string>> = { cosign: 'cosign', bundle: 'cosign', notation: 'notation' }
const STATES = { written: '', there: 'was there' } as const

function exportText({ reference, to, converted, notConverted, inPlace, written }: ExportResult, { style, columns }: Page): string {
  const head = notConverted.length === 0 ? style.bold(style.green('EXPORTED')) : style.bold(style.red(converted.length === 0 ? 'NOT EXPORTED' : 'EXPORTED IN PART'))
  return `${[
    `${head}  ${style.bold(reference)}  (${to})`,
    ...converted.map(({ subject, form, state }) => `  ${short(subject)}  ${form}  ${STATES[state]}`.trimEnd()),
    ...(converted.length + notConverted.length === 0 ? ['  There was nothing to convert.'] : []),
    ...(inPlace === 0 ? [] : [`  ${inPlace} where ${READERS[to]} looks already`]),
    ...notConverted.flatMap(({ code, message }) => wrap(`${code}: ${shortened(printable(message, 1_000))}`, columns - 2).map((line) => `  ${line}`)),
    ...writtenLines(written),
  ].join('\n')}\n`
}
