import { basename } from 'node:path'
import { attach, type AttachOptions, type AttachResult } from '../index.ts'
import { bar, bytesText } from './bar.ts'
import { EXIT, type Command } from './command.ts'
import { short } from './draw.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { fileContent } from './file-content.ts'
import { NETWORK, OUTPUT, type Given } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openRegistry, outputOf } from './reading.ts'
import { sbomMediaType } from './sbom-type.ts'
import { SIGNER, signerOf } from './signer.ts'
import type { Page } from './verdict-text.ts'
import type { Terminal } from './terminal.ts'
import { sayWriterNotes, writtenLines } from './written-text.ts'

export const attachCommand: Command = {
  name: 'attach',
  summary: 'attaches a file to an image: an SBOM, a report, any file',
  arguments: 'REFERENCE FILE',
  least: 2,
  most: 2,
  about: 'Pushes the file and a manifest that names the image as its subject; no tag of the image moves. The manifest is the same for the same file, so that the same command once more finishes what broke off. That something is attached is a claim, unless the manifest is signed: --key does that.',
  options: {
    'type': { value: 'sbom|MEDIA-TYPE', help: 'what it is; with "sbom" the file itself says which kind (SPDX, CycloneDX)' },
    'media-type': { value: 'MEDIA-TYPE', help: 'of the file (default: as --type)' },
    'platform': { value: 'OS/ARCH[/VARIANT]', help: 'attach it to this platform\'s manifest' },
    ...SIGNER,
    ...NETWORK,
    'max-requests': { value: 'N', help: 'requests that may be made (default: 2000)' },
    ...OUTPUT,
  },
  examples: ['sealdex attach registry.example/app:1.2 sbom.spdx.json --type sbom', 'sealdex attach registry.example/app:1.2 report.html --type application/vnd.example.report --media-type text/html --key release.key'],
  run: runAttach,
}

async function runAttach(given: Given, terminal: Terminal): Promise<number> {
  const output = outputOf(given)
  const [reference, file] = [checkedReference(given.arguments[0] ?? ''), given.arguments[1] ?? '']
  const limits = limitsOf(given)
  const name = printable(basename(file), 60)
  const result = await withProgress(terminal, `Reading ${name}`, async (say): Promise<AttachResult> => {
    const content = await fileContent(file, (hashed, size) => say(`Reading ${name} ${bar(hashed, size)}`))
    const types = typesOf(given, content.head, file)
    const signer = ['key', 'identity-token', 'signing-config'].some((option) => given.has(option)) ? await signerOf(given, terminal, limits.timeoutMs) : null
    const source = await openRegistry(given, terminal)
    const options: AttachOptions = { ...limits, ...types, source, content, title: basename(file), onUpload: (sent) => say(`Sending ${name} ${bar(sent, content.size)}`), ...(signer !== null && { signer }) }
    say(`Attaching ${name} to ${reference}`)
    return attach(reference, options)
  })
  terminal.out(output === 'json' ? `${JSON.stringify(result)}\n` : attachedText(result, name, terminal))
  sayWriterNotes(result.notes, terminal)
  return EXIT.done
}

function typesOf(given: Given, head: Uint8Array, file: string): { readonly artifactType: string; readonly mediaType: string } {
  const [type, mediaType] = [given.text('type'), given.text('media-type')]
  if (type === null) throw new UsageError('Say what the file is: --type sbom, or --type MEDIA-TYPE such as application/vnd.example.report.')
  if (type !== 'sbom') {
    if (!type.includes('/')) throw new UsageError(`--type is "sbom" or a media type such as application/vnd.example.report, and "${printable(type, 60)}" is neither.`)
    return { artifactType: type, mediaType: mediaType ?? type }
  }
  const kind = mediaType ?? sbomMediaType(head)
  if (kind === null) throw new UsageError(`${printable(file)} is neither SPDX nor CycloneDX as far as its first lines say; name its kind with --media-type.`)
  return { artifactType: kind, mediaType: kind }
}

const SIGNED = { 'signed': 'its manifest is signed', 'already-signed': 'its manifest was signed by this signer already', 'renewed': 'its manifest is signed anew' } as const

function attachedText({ reference, subject, artifact, state, signature, written }: AttachResult, name: string, { style }: Page): string {
  return `${[
    `${style.bold(style.green('ATTACHED'))}  ${style.bold(reference)}`,
    `  ${subject.platform ?? 'image'}  ${short(subject.digest)}  ${name}, ${artifact.artifactType}, ${bytesText(artifact.size)}${state === 'attached' ? '' : ', was attached already'}`,
    `  as  ${artifact.digest}${signature === null ? '' : `  ${SIGNED[signature]}`}`,
    ...writtenLines(written),
  ].join('\n')}\n`
}
