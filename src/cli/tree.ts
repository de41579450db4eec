import type { Command } from './command.ts'
import { inspected, readingStatus } from './inspecting.ts'
import { treeText } from './inspection-text.ts'
import { NETWORK, OUTPUT, READING, TRUST } from './option.ts'
import { outputOf } from './reading.ts'
import { TRUSTED_ROOT } from './trusted-root.ts'

export const treeCommand: Command = {
  name: 'tree',
  summary: 'a picture of the index, and what each runtime would take',
  arguments: 'REFERENCE',
  least: 1,
  most: 1,
  about: 'Draws what the reference names: platforms, nested indexes, signatures, attachments, and what each kind of runtime would take where they differ. Judges nothing.',
  options: { ...READING, ...TRUST, ...TRUSTED_ROOT, ...NETWORK, ...OUTPUT },
  examples: ['sealdex tree registry.example/app:1.2'],
  async run(given, terminal) {
    const output = outputOf(given)
    const { inspection, trust } = await inspected(given, terminal)
    if (output === 'json') terminal.out(`${JSON.stringify(inspection)}\n`)
    else terminal.out(treeText(inspection, trust?.fileNames ?? new Map(), terminal))
    return readingStatus(inspection, terminal)
  },
}
