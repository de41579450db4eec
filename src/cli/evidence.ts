import { createHash } from 'node:crypto'
import { collectEvidence } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { save } from './files.ts'
import { NETWORK, OUTPUT, READING } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openSource, outputOf } from './reading.ts'

export const evidenceCommand: Command = {
  name: 'evidence',
  summary: 'saves all that a verdict needs, to be verified elsewhere',
  arguments: 'REFERENCE',
  least: 1,
  most: 1,
  about: 'Reads every place where signatures of the image stand and saves what is there, and what is not, as an image layout in a tar file, without the image\'s layers. "sealdex verify --source layout:FILE" judges it with no network.',
  options: { 'out': { value: 'FILE.tar', short: 'o', help: 'where to save it' }, ...READING, ...NETWORK, ...OUTPUT },
  examples: ['sealdex evidence registry.example/app:1.2 -o app.tar', 'sealdex verify registry.example/app:1.2 --source layout:app.tar --key release.pub'],
  async run(given, terminal) {
    const output = outputOf(given)
    const file = given.text('out')
    const [reference = ''] = given.arguments.map(checkedReference)
    if (file === null) throw new UsageError(`Say where to save it: sealdex evidence ${reference} -o FILE.tar`)
    if (file === '-' || /\.(?:t?gz)$/.test(file)) throw new UsageError(`-o is the name of a tar file, and "${printable(file, 80)}" is not: give FILE.tar.`)
    const options = { ...limitsOf(given), source: await openSource(given, terminal) }
    const evidence = await withProgress(terminal, `Reading ${reference}`, () => collectEvidence(reference, options))
    if (evidence.digest === null) {
      terminal.err(`sealdex: ${reference} could not be read, so nothing was saved; "sealdex who ${reference}" says why. [not-found]\n`)
      return EXIT.failed
    }
    const tar = evidence.tar()
    save(file, tar, '-o')
    const sha256 = createHash('sha256').update(tar).digest('hex')
    if (output === 'json') terminal.out(`${JSON.stringify({ version: 1, reference: evidence.reference, digest: evidence.digest, file, size: tar.byteLength, sha256 })}\n`)
    else terminal.out(`${printable(file, 400)}  ${evidence.files.size} files, ${tar.byteLength} bytes\n${evidence.reference} was ${evidence.digest}\n`)
    return EXIT.done
  },
}
