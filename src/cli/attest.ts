import { attest, PREDICATE_NAMES, type AttestResult } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { short } from './draw.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { bytesOf } from './files.ts'
import { NETWORK, OUTPUT, TRUST, type Given, type Options } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openRegistry, outputOf, timeOf } from './reading.ts'
import { SIGNER, signerOf } from './signer.ts'
import type { Page } from './verdict-text.ts'
import type { Terminal } from './terminal.ts'
import { annotationsOf } from './trust.ts'
import { sayWriterNotes, writtenLines } from './written-text.ts'

const { annotation } = TRUST as { readonly annotation: Options[string] }

export const attestCommand: Command = {
  name: 'attest',
  summary: 'signs a statement about an image: a provenance, an SBOM, a scan',
  arguments: 'REFERENCE',
  least: 1,
  most: 1,
  about: 'Signs an in-toto statement with the predicate in the file, and attaches it as cosign does: a DSSE envelope in a Sigstore bundle, a referrer of the image. An attestation says something about the image; it is no signature of it, and "verify" never takes it for one.',
  options: {
    'predicate': { value: 'FILE', help: 'what is stated, in JSON (for the type spdx in SPDX\'s own lines)' },
    'type': { value: 'TYPE', help: `its type: a URI, or ${PREDICATE_NAMES.join(', ')}` },
    ...SIGNER,
    'platform': { value: 'OS/ARCH[/VARIANT]', help: 'about this platform\'s manifest' },
    'annotation': { ...annotation, help: 'sign this value along' },
    'expires-at': { value: 'TIME', help: 'it counts until then, for example 2027-01-31T00:00:00Z' },
    ...NETWORK,
    'max-requests': { value: 'N', help: 'requests that may be made (default: 2000)' },
    ...OUTPUT,
  },
  examples: ['sealdex attest registry.example/app:1.2 --predicate provenance.json --type slsaprovenance1 --key build.key', 'sealdex attest registry.example/app:1.2 --predicate scan.json --type https://example.com/scan/v1 --key build.key'],
  run: runAttest,
}

async function runAttest(given: Given, terminal: Terminal): Promise<number> {
  const output = outputOf(given)
  const reference = checkedReference(given.arguments[0] ?? '')
  const [file, type, expiresAt] = [given.text('predicate'), given.text('type'), given.text('expires-at')]
  if (file === null) throw new UsageError('Say what is stated: --predicate FILE.')
  if (type === null) throw new UsageError(`Say of what type the predicate is: --type URI, or one of ${PREDICATE_NAMES.join(', ')}.`)
  const limits = limitsOf(given)
  const predicate = bytesOf(file, '--predicate')
  const [signer, source] = [await signerOf(given, terminal, limits.timeoutMs), await openRegistry(given, terminal)]
  const result = await withProgress(terminal, `Attesting ${reference}`, () => (
    attest(reference, { ...limits, source, signer, predicate, type, annotations: annotationsOf(given), ...(expiresAt !== null && { expiresAt: timeOf(expiresAt, '--expires-at') }) })
  ))
  terminal.out(output === 'json' ? `${JSON.stringify(result)}\n` : attestedText(result, terminal))
  sayWriterNotes(result.notes, terminal)
  return EXIT.done
}

function attestedText({ reference, subject, predicateType, attestation, state, written }: AttestResult, { style }: Page): string {
  return `${[
    `${style.bold(style.green('ATTESTED'))}  ${style.bold(reference)}`,
    `  ${subject.platform ?? 'image'}  ${short(subject.digest)}  ${printable(predicateType, 200)}${state === 'attested' ? '' : ', was attested by this key already'}`,
    `  as  ${attestation}`,
    ...writtenLines(written),
  ].join('\n')}\n`
}
