import { EXIT, type Command } from './command.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { save } from './files.ts'
import { inspected, readingStatus } from './inspecting.ts'
import { whoText } from './inspection-text.ts'
import { writeLock } from './lock.ts'
import { NETWORK, OUTPUT, READING, TRUST } from './option.ts'
import { outputOf } from './reading.ts'
import { TRUSTED_ROOT } from './trusted-root.ts'
import { starterPolicy } from './starter-policy.ts'

export const whoCommand: Command = {
  name: 'who',
  summary: 'who signed this? Needs no key and no policy',
  arguments: 'REFERENCE',
  least: 1,
  most: 1,
  about: 'Lists every signature of the image with what it says of its signer: a claim, until a key that you give (--key) proves it. With --write-policy, what is proved becomes a policy to begin with; with --lock, the digest and those signers are pinned, and an image that is pinned already moves on to a later work of the same signers only.',
  options: { 'write-policy': { value: 'FILE', help: 'write a policy that demands the signers that were proved' }, 'lock': { value: 'FILE', help: 'pin digest, signers and time of signing in this file, for "sealdex verify --lock"' }, ...TRUST, ...TRUSTED_ROOT, ...READING, ...NETWORK, ...OUTPUT },
  examples: ['sealdex who registry.example/app:1.2', 'sealdex who registry.example/app:1.2 --key release.pub --write-policy policy.json'],
  async run(given, terminal) {
    const output = outputOf(given)
    const file = given.text('write-policy')
    const { inspection, trust } = await inspected(given, terminal)
    if (output === 'json') terminal.out(`${JSON.stringify(inspection)}\n`)
    else if (inspection.root !== null) terminal.out(whoText(inspection, trust?.fileNames ?? new Map(), terminal))
    const status = readingStatus(inspection, terminal)
    if ((file === null && !given.has('lock')) || inspection.root === null) return status
    const policy = starterPolicy(inspection, trust)
    if (policy === null) {
      terminal.err(`sealdex: No ${file === null ? 'lock' : 'policy'} was written: nothing proves who made the signatures; --key FILE or --allowed-signers FILE gives a key to prove them with, --trusted-root FILE another root for keyless ones. [no-trusted-key]\n`)
      return EXIT.failed
    }
    if (given.has('lock')) {
      const locked = await writeLock(given, policy, inspection.reference, terminal)
      if (locked !== EXIT.done || file === null) return locked === EXIT.done ? status : locked
    }
    if (file === null) return status
    try {
      save(file, `${JSON.stringify(policy, null, 2)}\n`, '--write-policy', { exclusive: true })
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`${error.message} Give another name, or remove it first.`) : error
    }
    terminal.err(`Wrote ${printable(file, 400)}; "sealdex verify ${inspection.reference} --policy ${printable(file, 400)}" decides by it.\n`)
    return status
  },
}
