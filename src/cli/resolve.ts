import { resolveReference } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { NETWORK, OUTPUT, READING } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openSource, outputOf } from './reading.ts'

const { platform, source } = READING as { readonly platform: typeof READING[string]; readonly source: typeof READING[string] }

export const resolveCommand: Command = {
  name: 'resolve',
  summary: 'name@digest of a reference, or of one of its platforms',
  arguments: 'REFERENCE',
  least: 1,
  most: 1,
  about: 'Prints what the reference names now, as name@digest; with --platform, that platform\'s. Says nothing of trust: "sealdex verify" does.',
  options: { platform, source, ...NETWORK, ...OUTPUT },
  examples: ['sealdex resolve registry.example/app:1.2', 'sealdex resolve registry.example/app:1.2 --platform linux/arm64'],
  async run(given, terminal) {
    const output = outputOf(given)
    const [reference = ''] = given.arguments.map(checkedReference)
    const options = { ...limitsOf(given), source: await openSource(given, terminal) }
    const resolved = await withProgress(terminal, `Reading ${reference}`, () => resolveReference(reference, options))
    terminal.out(`${output === 'json' ? JSON.stringify(resolved) : resolved.name}\n`)
    return EXIT.done
  },
}
