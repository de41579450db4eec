import type { Command } from './command.ts'
import type { Options } from './option.ts'
import { wrap } from './wrap.ts'

export interface Listed {
  readonly name: string
  readonly summary: string
}

/** `sealdex help`. */
export function generalHelp(commands: readonly Listed[], columns: number): string {
  const rows = commands.map(({ name, summary }) => row(name, summary, columns, 12))
  return [
    'sealdex reads, verifies and writes signatures that image indexes carry.',
    '',
    'Usage: sealdex COMMAND [OPTIONS]',
    '',
    'Commands:',
    ...rows,
    '',
    'Begin with: sealdex who REGISTRY/REPOSITORY:TAG',
    '"sealdex COMMAND --help" tells more, with examples. Exit status of verify: 0 allow,',
    '1 deny or unsigned, 2 wrong use, 3 could not be decided.',
    '',
  ].join('\n')
}

/** `sealdex COMMAND --help`. */
export function commandHelp(command: Command, columns: number): string {
  return [
    `Usage: ${['sealdex', command.name, command.arguments, '[OPTIONS]'].filter((word) => word !== '').join(' ')}`,
    '',
    ...wrap(command.about, columns),
    '',
    'Options:',
    ...optionRows(command.options, columns),
    '',
    command.examples.length > 1 ? 'Examples:' : 'Example:',
    ...command.examples.map((line) => `  ${line}`),
    '',
  ].join('\n')
}

function optionRows(options: Options, columns: number): string[] {
  return Object.entries(options).map(([name, { value, short, help, multiple }]) => {
    const left = `${short === undefined ? '' : `-${short}, `}--${name}${value === null ? '' : ` ${value}`}`
    return row(left, multiple === true ? `${help} (may be repeated)` : help, columns, 28)
  })
}

function row(left: string, right: string, columns: number, indent: number): string {
  const lines = wrap(right, columns - indent - 2)
  const head = `  ${left}`
  const first = head.length > indent ? [head, `${' '.repeat(indent + 2)}${lines[0] ?? ''}`] : [`${head.padEnd(indent + 2)}${lines[0] ?? ''}`]
  return [...first, ...lines.slice(1).map((line) => `${' '.repeat(indent + 2)}${line}`)].join('\n')
}
