import { EXIT, type Command } from './command.ts'
import { printable } from './escape.ts'
import { failureOf, UsageError } from './failure.ts'
import { commandHelp, generalHelp } from './help.ts'
import { parseCommandLine } from './parse.ts'
import { suggestCommand } from './suggest.ts'
import type { Terminal } from './terminal.ts'

interface Row {
  readonly name: string
  readonly summary: string
  /** Loaded only when it is called, so that none pays for another's start. */
  readonly load: () => Promise<Command>
}

const COMMANDS: readonly Row[] = [
  { name: 'verify', summary: 'may this image run? Decides by keys or a policy, and says why', load: async () => (await import('./verify.ts')).verifyCommand },
  { name: 'verify-bundle', summary: 'is this file signed as a Sigstore bundle says? Needs no registry', load: async () => (await import('./verify-bundle.ts')).verifyBundleCommand },
  { name: 'who', summary: 'who signed this? Needs no key and no policy', load: async () => (await import('./who.ts')).whoCommand },
  { name: 'tree', summary: 'a picture of the index, and what each runtime would take', load: async () => (await import('./tree.ts')).treeCommand },
  { name: 'resolve', summary: 'name@digest of a reference, or of one of its platforms', load: async () => (await import('./resolve.ts')).resolveCommand },
  { name: 'sign', summary: 'signs an image, with a key or as somebody', load: async () => (await import('./sign.ts')).signCommand },
  { name: 'copy', summary: 'copies an image with everything that is attached to it', load: async () => (await import('./copy.ts')).copyCommand },
  { name: 'attach', summary: 'attaches a file to an image: an SBOM, a report, any file', load: async () => (await import('./attach.ts')).attachCommand },
  { name: 'attest', summary: 'signs a statement about an image: a provenance, an SBOM, a scan', load: async () => (await import('./attest.ts')).attestCommand },
  { name: 'prune', summary: 'takes away signatures that are expired or by strangers', load: async () => (await import('./prune.ts')).pruneCommand },
  { name: 'export', summary: 'brings signatures to where other tools look for them', load: async () => (await import('./export.ts')).exportCommand },
  { name: 'keygen', summary: 'makes a key pair to sign with', load: async () => (await import('./keygen.ts')).keygenCommand },
  { name: 'evidence', summary: 'saves all that a verdict needs, to be verified elsewhere', load: async () => (await import('./evidence.ts')).evidenceCommand },
  { name: 'policy', summary: 'checks, explains and imports policies', load: async () => (await import('./policy.ts')).policyCommand },
  { name: 'serve', summary: 'answers over HTTP what "verify" says, and serves the page', load: async () => (await import('./serve.ts')).serveCommand },
]

const HELP = { name: 'help', summary: 'this help; with a COMMAND, that command\'s' }

/** Runs one command line; gives the exit status, and throws for nothing. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal)
  } catch (error) {
    const { status, text } = failureOf(error, (terminal.env['SEALDEX_DEBUG'] ?? '') !== '')
    terminal.err(`sealdex: ${text}\n`)
    return status
  }
}

async function dispatch([first, ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  const list = [...COMMANDS, HELP]
  if (first === undefined) {
    terminal.err(generalHelp(list, terminal.columns))
    return EXIT.wrongUse
  }
  if (first === '--version' || first === '-V') return version(terminal)
  if (first === 'help' || first === '--help' || first === '-h') return help(rest, terminal)
  const command = await find(first)
  const given = parseCommandLine(command, rest)
  if (given.flag('help')) {
    terminal.out(commandHelp(command, terminal.columns))
    return EXIT.done
  }
  return command.run(given, terminal)
}

async function help([name, extra]: readonly string[], terminal: Terminal): Promise<number> {
  if (extra !== undefined) throw new UsageError('"sealdex help" takes one COMMAND.')
  terminal.out(name === undefined ? generalHelp([...COMMANDS, HELP], terminal.columns) : commandHelp(await find(name), terminal.columns))
  return EXIT.done
}

async function version(terminal: Terminal): Promise<number> {
  const { VERSION } = await import('../index.ts')
  terminal.out(`sealdex ${VERSION}\n`)
  return EXIT.done
}

async function find(name: string): Promise<Command> {
  const row = COMMANDS.find((other) => other.name === name)
  if (row !== undefined) return row.load()
  if (name.startsWith('-')) throw new UsageError(`The command comes first, then its options: sealdex COMMAND ${printable(name, 60)} …`)
  const near = suggestCommand(name, [...COMMANDS.map((other) => other.name), HELP.name])
  throw new UsageError(`There is no command "${printable(name, 60)}"; ${near === null ? '"sealdex help" lists them.' : `did you mean "sealdex ${near}"?`}`)
}
