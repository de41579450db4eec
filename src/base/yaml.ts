import { utf8Decode } from './bytes.ts'
import { SealdexError } from './errors.ts'
import type { JsonValue } from './json.ts'
import * as LIMITS from './limits.ts'
import { quoted } from './quoted.ts'
import { flowValue } from './yaml-flow.ts'

interface Line {
  readonly number: number
  readonly indent: number
  /** Without indentation and trailing blanks; comments still in it. */
  readonly text: string
  readonly raw: string
}

/**
 * Reads the part of YAML that manifests are written in, as JSON values: block mappings and lists, plain and quoted texts, `|` and `>`, lists and
 * mappings on one line, several documents. What readers of YAML disagree about (anchors, tags, merge keys, `yes`, octal numbers, texts over
 * several lines) is refused with its line. Throws `malformed`.
 */
export function parseYaml(bytes: Uint8Array): readonly JsonValue[] {
  let text: string
  try {
    text = utf8Decode(bytes)
  } catch (cause) {
    throw new SealdexError('malformed', 'The YAML is not valid UTF-8.', { cause })
  }
  const documents: Line[][] = [[]]
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const indent = raw.search(/[^ ]|$/)
    if (/^(?:---|\.\.\.)(?:\s+#.*|\s*)$/.test(raw)) documents.push([])
    else documents.at(-1)?.push({ number: i + 1, indent, text: raw.slice(indent).trimEnd(), raw })
  }
  const filled = documents.filter((lines) => lines.some(({ text: line }) => line !== '' && !line.startsWith('#')))
  return filled.map((lines) => new Reader(lines).document())
}

function fail(line: Line | undefined, what: string): never {
  throw new SealdexError('malformed', `The YAML cannot be read${line === undefined ? '' : ` at line ${line.number}`}: ${what}.`)
}

class Reader {
  readonly #lines: Line[]
  #at = 0
  #depth = 0

  constructor(lines: readonly Line[]) {
    this.#lines = [...lines]
  }

  document(): JsonValue {
    const value = this.#block(0)
    const rest = this.#peek()
    return rest === undefined ? value : fail(rest, 'its indentation fits nothing above it')
  }

  /** The next line that says something. */
  #peek(): Line | undefined {
    for (let line = this.#lines[this.#at]; line !== undefined; line = this.#lines[++this.#at]) {
      if (line.text.startsWith('\t')) fail(line, 'it is indented with a tab')
      if (/^(?:%|--- )/.test(line.raw)) fail(line, 'a directive stands there, or something behind the mark of a document')
      if (line.text !== '' && !line.text.startsWith('#')) return line
    }
    return undefined
  }

  /** What stands at the next line's indentation, if that is at least `least`; else null. */
  #block(least: number): JsonValue {
    const line = this.#peek()
    if (line === undefined || line.indent < least) return null
    if (++this.#depth > LIMITS.jsonDepth) fail(line, 'it is nested too deep')
    const value = isItem(line) ? this.#list(line.indent) : splitKey(line) !== null ? this.#mapping(line.indent) : this.#alone(line)
    this.#depth--
    return value
  }

  #alone(line: Line): JsonValue {
    this.#at++
    if (/^[|>]/.test(line.text)) fail(line, 'a block of text stands there without a name')
    return this.#value(line, line.text, line.indent - 1)
  }

  #list(indent: number): JsonValue {
    const items: JsonValue[] = []
    for (let line = this.#peek(); line !== undefined && line.indent === indent && isItem(line); line = this.#peek()) {
      const rest = line.text.slice(1)
      const offset = rest.search(/[^ ]|$/) + 1
      const text = line.text.slice(offset)
      if (text === '' || text.startsWith('#')) {
        this.#at++
        items.push(this.#block(indent + 1))
      } else if (/^[|>]/.test(text)) {
        this.#at++
        items.push(this.#value(line, text, indent))
      } else {
        // what follows the dash is a block of its own, at its own indentation
        this.#lines[this.#at] = { ...line, indent: indent + offset, text }
        items.push(this.#block(indent + 1))
      }
    }
    return items
  }

  #mapping(indent: number): JsonValue {
    const members = new Map<string, JsonValue>()
    for (let line = this.#peek(); line !== undefined && line.indent === indent && !isItem(line); line = this.#peek()) {
      const { key, rest } = splitKey(line) ?? fail(line, 'it is no "name: value"')
      if (key === '<<') fail(line, 'a merge key stands there')
      if (!/^["']/.test(line.text) && typeof flowValue(key, (what) => fail(line, what)) !== 'string') fail(line, `the name ${quoted(key)} is no text without quotation marks`)
      if (members.has(key)) fail(line, `the name ${quoted(key)} stands twice`)
      this.#at++
      members.set(key, rest === '' || rest.startsWith('#') ? this.#below(indent) : this.#value(line, rest, indent))
    }
    return members
  }

  /** The value of a name on the lines below it; a list may stand at the name's own indentation. */
  #below(indent: number): JsonValue {
    const line = this.#peek()
    return line !== undefined && line.indent === indent && isItem(line) ? this.#list(indent) : this.#block(indent + 1)
  }

  #value(line: Line, text: string, indent: number): JsonValue {
    if (/^[|>]/.test(text)) return this.#blockText(line, text, indent)
    const value = flowValue(text, (what) => fail(line, what))
    const next = this.#peek()
    return next !== undefined && next.indent > indent ? fail(next, 'a text or list goes on over several lines, or this is indented too far') : value
  }

  /** `|` keeps lines, `>` joins them; how many line breaks end it is what `-` and `+` say. */
  #blockText(line: Line, header: string, indent: number): string {
    const [, style, chomp = ''] = /^([|>])([-+]?)(?:\s+#.*)?$/.exec(header) ?? fail(line, `${quoted(header)} is no block of text that is read`)
    const taken: string[] = []
    let own: number | null = null
    for (let next = this.#lines[this.#at]; next !== undefined && (next.text === '' || next.indent > indent); next = this.#lines[++this.#at]) {
      if (next.text !== '' && own === null) {
        own = next.indent
        if (taken.length > 0 && this.#lines.slice(this.#at - taken.length, this.#at).some(({ raw }) => raw.length > next.indent)) fail(next, 'an empty line above it is indented further')
      }
      if (own !== null && next.text !== '' && next.indent < own) fail(next, 'it is indented less than the text that it belongs to')
      taken.push(own === null ? '' : next.raw.slice(own))
    }
    const end = taken.findLastIndex((one) => one !== '') + 1
    const body = taken.slice(0, end)
    if (style === '>' && body.some((one) => one === '' || one.startsWith(' '))) fail(line, 'a text that is joined has empty or indented lines')
    const tail = chomp === '-' || body.length === 0 ? '' : chomp === '+' ? '\n'.repeat(taken.length - end + 1) : '\n'
    return body.join(style === '>' ? ' ' : '\n') + tail
  }
}

function isItem({ text }: Line): boolean {
  return text === '-' || text.startsWith('- ')
}

/** A name, and what stands behind its colon. */
function splitKey(line: Line): { readonly key: string; readonly rest: string } | null {
  const found = /^(?:"((?:[^"\\])*)"|'([^']*)'|([^\s"'[\]{}&*!|>%@`#,?:-][^#]*?|[-?:][^\s#][^#]*?))\s*:(?:\s+(.*))?$/.exec(line.text)
  if (found === null) return null
  const plain = found[3]
  if (plain !== undefined && /: |:$| #/.test(plain)) return null
  return { key: found[1] ?? found[2] ?? plain ?? '', rest: found[4] ?? '' }
}
