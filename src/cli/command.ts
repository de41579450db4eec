import type { Given, Options } from './option.ts'
import type { Terminal } from './terminal.ts'

/** Exit statuses (interface.md, Command line). `verify` alone gives `denied`. */
export const EXIT = { done: 0, denied: 1, wrongUse: 2, failed: 3 } as const

/** One command: what its help says, what it takes, and what it does. */
export interface Command {
  readonly name: string
  /** In the list of all commands. */
  readonly summary: string
  /** As in the usage line: `REF…`. */
  readonly arguments: string
  readonly least: number
  readonly most: number
  readonly about: string
  readonly options: Options
  /** Lines that work as they stand; the first is the one that most people want. */
  readonly examples: readonly string[]
  run(given: Given, terminal: Terminal): Promise<number>
}
