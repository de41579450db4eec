import { base64Decode, base64Encode } from '../../../src/base/bytes.ts'
import type { Random } from '../kit/random.ts'
import { flipBit } from './bytes.ts'

export interface TextMutation {
  readonly op: string
  readonly text: string
}

type Change = (text: string, random: Random) => string | null

const NUMBERS: Readonly<Record<string, Change>> = {
  'number + 1': (text) => String(BigInt(text) + 1n),
  'number - 1': (text) => String(BigInt(text) - 1n),
  'number negative': (text) => `-${text}`,
  'number 0': () => '0',
  'number random': (_, random) => String(random.below(2 ** 31)),
  'number huge': (_, random) => random.pick(['9007199254740993', '9223372036854775807', '18446744073709551616']),
  'number + 2^32': (text) => String(BigInt(text) + 2n ** 32n),
  'number leading zero': (text) => `0${text}`,
  'number with plus': (text) => `+${text}`,
  'number with exponent': (text) => `${text}e0`,
  'number with fraction': (text) => `${text}.0`,
  'number with space': (text) => ` ${text}`,
}

const TEXTS: Readonly<Record<string, Change>> = {
  'text flip': (text, random) => new TextDecoder().decode(flipBit(new TextEncoder().encode(text), random)),
  'text case': (text) => (text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase()),
  'text empty': () => '',
  'text longer': (text, random) => text + random.pick([' ', '\n', '\0', 'x', '=']),
  'text with BOM': (text) => `\ufeff${text}`,
}

/** Other spellings of the same bytes. */
const BASE64: Readonly<Record<string, Change>> = {
  'base64 without padding': (text) => text.replace(/=+$/, ''),
  'base64 URL-safe': (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
  'base64 line break': (text, random) => {
    const at = random.below(text.length)
    return `${text.slice(0, at)}\n${text.slice(at)}`
  },
  'base64 loose bits': (text) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    const match = /^(.*)(.)(=+)$/.exec(text)
    return match === null ? null : `${match[1]}${alphabet[alphabet.indexOf(match[2] ?? 'A') ^ 1]}${match[3]}`
  },
}

/** Lines of a signed note. */
const LINES: Readonly<Record<string, Change>> = {
  'line dropped': (text, random) => spliced(text, random, () => []),
  'line twice': (text, random) => spliced(text, random, (line) => [line, line]),
  'lines swapped': (text, random) => {
    const lines = text.split('\n')
    const at = random.below(lines.length - 1)
    const [one, two] = [lines[at] ?? '', lines[at + 1] ?? '']
    return lines.with(at, two).with(at + 1, one).join('\n')
  },
  'line flipped': (text, random) => spliced(text, random, (line) => (line === '' ? [' '] : [TEXTS['text flip']?.(line, random) ?? ''])),
  'line added': (text, random) => spliced(text, random, (line) => [line, random.pick(['', ' ', 'extension', '7', `— other.test ${base64Encode(random.bytes(68))}`])]),
  'size changed': (text, random) => text.replace(/^(\d+)$/m, (size) => NUMBERS[random.pick(Object.keys(NUMBERS))]?.(size, random) ?? size),
  'signature changed': (text, random) => text.replace(/^(— \S+ )(\S+)$/m, (_, head: string, signature: string) => `${head}${base64Encode(flipBit(base64Decode(signature), random))}`),
  'name changed': (text) => text.replace(/^— (\S+)/m, (line) => `${line}x`),
  'carriage returns': (text) => text.replaceAll('\n', '\r\n'),
  'dash changed': (text) => text.replace('—', '-'),
}

function spliced(text: string, random: Random, change: (line: string) => readonly string[]): string {
  const lines = text.split('\n')
  const at = random.below(lines.length)
  return lines.toSpliced(at, 1, ...change(lines[at] ?? '')).join('\n')
}

function changed(table: Readonly<Record<string, Change>>, text: string, random: Random): TextMutation | null {
  const op = random.pick(Object.keys(table))
  const result = table[op]?.(text, random) ?? null
  return result === null || result === text ? null : { op, text: result }
}

export function mutateText(text: string, random: Random): TextMutation | null {
  if (/^\d+$/.test(text)) return changed(NUMBERS, text, random)
  return changed(text.includes('\n— ') && random.below(4) > 0 ? LINES : TEXTS, text, random)
}

export function respellBase64(text: string, random: Random): TextMutation | null {
  return changed(BASE64, text, random)
}
