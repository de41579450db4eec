import { dirname, isAbsolute, join } from 'node:path'
import { IMPORT_KINDS, importPolicy, parsePolicy, parseReference, type ImportKind } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { bytesOf, textOf } from './files.ts'
import { OUTPUT, type Given } from './option.ts'
import { entryLines, explained, policyLines } from './policy-text.ts'
import { checkedReference, outputOf } from './reading.ts'
import type { Terminal } from './terminal.ts'
import { named, rootOf } from './trust.ts'
import { TRUSTED_ROOT } from './trusted-root.ts'

export const policyCommand: Command = {
  name: 'policy',
  summary: 'checks, explains and imports policies',
  arguments: 'check|explain|import FILE_OR_REFERENCE',
  least: 2,
  most: 2,
  about: 'check FILE reads a policy and says in words what it demands. explain REFERENCE --policy FILE says which scope decides about an image, and why; it asks no registry. import FILE makes a policy of another tool\'s and prints it: containers-policy.json of podman and skopeo, notation\'s trustpolicy.json (with the truststore folder beside it), ClusterImagePolicy, and Kyverno\'s ImageValidatingPolicy and verifyImages; what cannot be said is an error that names it, and nothing ever becomes weaker. Exit status: 0 done, 2 the policy is not valid or cannot be said.',
  options: {
    'policy': { value: 'FILE', help: 'for explain: the policy that decides' },
    'kind': { value: IMPORT_KINDS.join('|'), help: 'for import: what the file is (default: what it looks like)' },
    ...TRUSTED_ROOT,
    ...OUTPUT,
  },
  examples: ['sealdex policy check policy.json', 'sealdex policy explain registry.example/app:1.2 --policy policy.json', 'sealdex policy import /etc/containers/policy.json > policy.json'],
  async run(given, terminal) {
    const [action = '', subject = ''] = given.arguments
    const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
    if (run === undefined) throw new UsageError(`"sealdex policy" does check, explain or import, and "${printable(action, 40)}" is none of them.`)
    const idle = Object.entries(ONLY_FOR).find(([option, only]) => only !== action && given.has(option))
    if (idle !== undefined) throw new UsageError(`--${idle[0]} is for "sealdex policy ${idle[1]}".`)
    return run(subject, given, terminal)
  },
}

type Action = (subject: string, given: Given, terminal: Terminal) => Promise<number>

/** Options that only one action reads; another would ignore them. */
const ONLY_FOR: Readonly<Record<string, string>> = { 'policy': 'explain', 'kind': 'import', ...Object.fromEntries(Object.keys(TRUSTED_ROOT).map((name) => [name, 'import'])) }

const check: Action = async (file, given, terminal) => {
  const output = outputOf(given)
  const policy = await named(file, () => parsePolicy(textOf(file, 'policy check')))
  if (output === 'json') terminal.out(`${JSON.stringify({ version: 1, valid: true, digest: policy.digest, policies: policy.entries.map(({ name }) => name) })}\n`)
  else terminal.out(`${policyLines(policy, terminal).join('\n')}\n`)
  return EXIT.done
}

const explain: Action = async (text, given, terminal) => {
  const output = outputOf(given)
  const reference = checkedReference(text)
  const file = given.text('policy') ?? ''
  if (file === '') throw new UsageError('"sealdex policy explain" needs --policy FILE.')
  const policy = await named(file, () => parsePolicy(textOf(file, '--policy')))
  const why = explained(policy, parseReference(reference).repository)
  if (output === 'json') terminal.out(`${JSON.stringify({ version: 1, reference, policy: why.entry?.name ?? null, scope: why.scope, others: why.others })}\n`)
  else terminal.out(`${[terminal.style.bold(printable(reference, 400)), ...entryLines(why, terminal)].join('\n')}\n`)
  return EXIT.done
}

const importFile: Action = async (file, given, terminal) => {
  const kind = given.text('kind')
  if (kind !== null && !IMPORT_KINDS.some((one) => one === kind)) throw new UsageError(`--kind is one of ${IMPORT_KINDS.join(', ')}, and "${printable(kind, 40)}" is not.`)
  const { trustedRoot } = await rootOf(given, terminal)
  const root = await trustedRoot
  if (root !== undefined && 'code' in root) throw new UsageError(root.message, root.code)
  const { trustStores } = await import('./notation-config.ts')
  const result = await named(file, () => importPolicy(bytesOf(file, 'policy import'), {
    ...(kind !== null && { kind: kind as ImportKind }),
    ...(root !== undefined && { trustedRoot: root }),
    readFile: (path) => textOf(isAbsolute(path) ? path : join(dirname(file), path), 'policy import'),
    stores: trustStores(dirname(file)),
  }))
  for (const note of result.notes) terminal.err(`sealdex: ${printable(note, 500)}\n`)
  terminal.out(`${JSON.stringify(result.file, null, 2)}\n`)
  return EXIT.done
}

const ACTIONS: Readonly<Record<string, Action>> = { check, explain, import: importFile }
