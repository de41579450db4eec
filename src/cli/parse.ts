import { parseArgs } from 'node:util'
import type { Command } from './command.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { NOT_YET, type Given, type Option, type Options } from './option.ts'
import { suggestOption } from './suggest.ts'

/** Reads the command line of one command. Throws {@link UsageError} with what is wrong and what to write instead. */
export function parseCommandLine(command: Command, args: readonly string[]): Given {
  const later: Options = Object.fromEntries(Object.keys(NOT_YET).map((name) => [name, { value: 'VALUE', help: '' }]))
  const options: Options = { ...later, ...command.options }
  const { tokens } = parseArgs({ args: [...args], options: configOf(options), allowPositionals: true, strict: false, tokens: true })
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName } = token
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (option === undefined) throw unknown(command, name, rawName)
    const value = valueOf(option, rawName, token.value, token.inlineValue === true)
    if (!Object.hasOwn(command.options, name)) throw new UsageError(`${NOT_YET[name] ?? ''} (${rawName}).`)
    if (values.has(name) && option.multiple !== true && option.value !== null) throw new UsageError(`${rawName} is given twice, and only one can count.`)
    values.set(name, [...(values.get(name) ?? []), value])
  }
  const given: Given = {
    arguments: positionals,
    flag: (name) => values.has(name),
    text: (name) => values.get(name)?.[0] ?? null,
    texts: (name) => values.get(name) ?? [],
    has: (name) => values.has(name),
  }
  if (!given.flag('help')) checkArguments(command, positionals)
  return given
}

function configOf(options: Options): Record<string, { type: 'string' | 'boolean'; short?: string; multiple: true }> {
  return Object.fromEntries(Object.entries(options).map(([name, { value, short }]) => [name, { type: value === null ? 'boolean' : 'string', multiple: true, ...(short !== undefined && { short }) }]))
}

function valueOf(option: Option, rawName: string, value: string | undefined, inline: boolean): string {
  if (option.value === null) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value; write ${rawName} alone.`)
    return ''
  }
  if (value === undefined || value === '') throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}.`)
  if (!inline && value.length > 1 && value.startsWith('-')) throw new UsageError(`${rawName} needs a value (${option.value}), and "${printable(value, 40)}" looks like the next option; write ${rawName}=VALUE if it is meant.`)
  return value
}

function unknown(command: Command, name: string, rawName: string): UsageError {
  const near = suggestOption(name, Object.keys(command.options))
  const advice = near === null ? `"sealdex ${command.name} --help" lists what there is` : `did you mean ${near}?`
  return new UsageError(`"sealdex ${command.name}" has no option ${printable(rawName, 60)}; ${advice}${near === null ? '.' : ''}`)
}

function checkArguments(command: Command, positionals: readonly string[]): void {
  const { name, least, most, arguments: named } = command
  if (positionals.length < least) throw new UsageError(`"sealdex ${name}" needs ${named}, for example: ${command.examples[0] ?? ''}`)
  if (positionals.length <= most) return
  const extra = printable(positionals[most] ?? '', 60)
  throw new UsageError(most === 0 ? `"sealdex ${name}" takes options only, and "${extra}" is none.` : `"sealdex ${name}" takes one ${named}, and "${extra}" is one too many.`)
}
