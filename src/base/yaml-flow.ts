import { JsonNumber, type JsonValue } from './json.ts'
import * as LIMITS from './limits.ts'
import { quoted } from './quoted.ts'

type Fail = (what: string) => never

/** A value that stands on one line: a text, a number, `[…]` or `{…}`; a comment may follow it. */
export function flowValue(text: string, fail: Fail): JsonValue {
  const reader = new FlowReader(text, fail)
  return reader.whole()
}

/** Plain texts that some readers take for a truth value, a number or a time, and others for a text. */
const DISPUTED = /^(?:yes|no|on|off|y|n|[-+]?(?:0[xob][0-9a-f_]+|0[0-9_]+|[0-9][0-9_]*\.?[0-9_]*(?:e[-+]?[0-9]+)?|\.[0-9][0-9_]*(?:e[-+]?[0-9]+)?|\.inf|[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)|\.nan|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?)$/i
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/
const INDICATORS: Readonly<Record<string, string>> = { '&': 'an anchor', '*': 'an alias (a text that begins with * needs quotation marks)', '!': 'a tag', '%': 'a directive', '@': 'a reserved sign', '`': 'a reserved sign' }
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', 'n': '\n', 't': '\t', 'r': '\r', '0': '\0', 'b': '\b' }

class FlowReader {
  readonly #text: string
  readonly #fail: Fail
  #at = 0
  #depth = 0

  constructor(text: string, fail: Fail) {
    this.#text = text
    this.#fail = fail
  }

  whole(): JsonValue {
    const value = this.#value(false)
    const rest = this.#text.slice(this.#at)
    return /^\s*(?:\s#.*)?$/.test(rest) ? value : this.#fail(`${quoted(rest.trim())} follows a value`)
  }

  #blanks(): string {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++
    return this.#text.charAt(this.#at)
  }

  #value(inFlow: boolean): JsonValue {
    const first = this.#blanks()
    const indicator = INDICATORS[first]
    if (indicator !== undefined) this.#fail(`${indicator} stands there`)
    if (first === '"' || first === "'") return first === '"' ? this.#doubleQuoted() : this.#singleQuoted()
    if (first === '[' || first === '{') return first === '[' ? this.#list() : this.#mapping()
    const plain = this.#plain(inFlow)
    if (inFlow && plain === '') this.#fail('a value in a list or mapping is missing')
    return resolved(plain, this.#fail)
  }

  #list(): JsonValue {
    this.#enter()
    const items: JsonValue[] = []
    while (this.#blanks() !== ']') {
      items.push(this.#value(true))
      this.#separator(']')
    }
    this.#leave()
    return items
  }

  #mapping(): JsonValue {
    this.#enter()
    const members = new Map<string, JsonValue>()
    while (this.#blanks() !== '}') {
      const first = this.#text.charAt(this.#at)
      const key = first === '"' ? this.#doubleQuoted() : first === "'" ? this.#singleQuoted() : this.#plain(true)
      if (key === '' || INDICATORS[first] !== undefined || members.has(key)) this.#fail('a name in braces is missing, no plain text, or there twice')
      if (this.#blanks() !== ':') this.#fail(`${quoted(key)} in braces has no value`)
      this.#at++
      members.set(key, this.#value(true))
      this.#separator('}')
    }
    this.#leave()
    return members
  }

  #enter(): void {
    this.#at++
    if (++this.#depth > LIMITS.jsonDepth) this.#fail('it is nested too deep')
  }

  #leave(): void {
    this.#at++
    this.#depth--
  }

  #separator(end: string): void {
    const next = this.#blanks()
    if (next === ',') this.#at++
    else if (next !== end) this.#fail('a list or mapping on one line does not end on it')
  }

  #doubleQuoted(): string {
    let text = ''
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      const char = this.#text[this.#at] ?? this.#fail('a text in quotation marks does not end on its line')
      if (char === '\\') text += ESCAPES[this.#text.charAt(++this.#at)] ?? this.#fail('an escape in a text is none of those that are read')
      else text += char
    }
    this.#at++
    return text
  }

  #singleQuoted(): string {
    const found = /'((?:[^']|'')*)'/y
    found.lastIndex = this.#at
    const [whole = '', inner = ''] = found.exec(this.#text) ?? this.#fail('a text in quotation marks does not end on its line')
    this.#at += whole.length
    return inner.replaceAll("''", "'")
  }

  #plain(inFlow: boolean): string {
    const start = this.#at
    const ends = inFlow ? /[,[\]{}]|:(?=[\s,[\]{}]|$)|\s#|$/g : /:(?=\s|$)|\s#|$/g
    ends.lastIndex = start
    const end = ends.exec(this.#text)?.index ?? this.#text.length
    if (!inFlow && this.#text[end] === ':') this.#fail('a text holds ": " and needs quotation marks')
    this.#at = end
    const plain = this.#text.slice(start, end).trim()
    if (/^[,\]}|>#]|^[-?:](?:\s|$)/.test(plain)) this.#fail(`${quoted(plain)} needs quotation marks`)
    return plain
  }
}

function resolved(plain: string, fail: Fail): JsonValue {
  if (plain === '' || plain === '~' || /^(?:null|Null|NULL)$/.test(plain)) return null
  if (/^(?:true|True|TRUE)$/.test(plain)) return true
  if (/^(?:false|False|FALSE)$/.test(plain)) return false
  if (NUMBER.test(plain)) return new JsonNumber(plain)
  return DISPUTED.test(plain) ? fail(`${quoted(plain)} is a text to some readers and none to others; put it in quotation marks if it is one`) : plain
}
