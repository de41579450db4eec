/** One challenge of a `WWW-Authenticate` header (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const QUOTED = /"((?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t\x20-\x7e])*)"/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const BLANKS = /[ \t]*/y
const COMMAS = /[ \t]*(?:,[ \t]*)*/y
/** Real challenges have under 500 characters. */
const MAX_LENGTH = 4_096
/** Real ones have three: realm, service, scope. */
const MAX_PARAMETERS = 32

/** Reads the header (several ones joined by commas too); null if it breaks the grammar, repeats a parameter or is longer than any real one. */
export function parseChallenges(header: string): readonly Challenge[] | null {
  if (header.length > MAX_LENGTH) return null
  const scan = new Scanner(header)
  const challenges: Challenge[] = []
  scan.take(COMMAS)
  while (!scan.atEnd()) {
    const scheme = scan.take(TOKEN)
    if (scheme === null) return null
    const parameters = readParameters(scan)
    if (parameters === null) return null
    challenges.push({ scheme: scheme.toLowerCase(), parameters })
  }
  return challenges
}

/** The parameters up to the next challenge; null if they break the grammar. */
function readParameters(scan: Scanner): ReadonlyMap<string, string> | null {
  const parameters = new Map<string, string>()
  const blanks = scan.take(BLANKS) ?? ''
  if (scan.atEnd() || scan.peek() === ',') return scan.take(COMMAS) === null ? null : parameters
  if (blanks === '') return null
  for (let first = true; ; first = false) {
    const start = scan.at
    const name = scan.take(TOKEN)
    scan.take(BLANKS)
    if (name === null || scan.peek() !== '=') {
      scan.at = start
      // after a comma: the scheme of the next challenge; at the start: a token68, which no scheme read here uses
      return !first || (scan.take(TOKEN68) !== null && endsElement(scan)) ? parameters : null
    }
    scan.at++
    scan.take(BLANKS)
    const value = scan.take(QUOTED)?.slice(1, -1).replace(/\\(.)/g, '$1') ?? scan.take(TOKEN)
    if (value === null) {
      scan.at = start
      return first && scan.take(TOKEN68) !== null && endsElement(scan) ? parameters : null
    }
    if (parameters.has(name.toLowerCase()) || parameters.size >= MAX_PARAMETERS) return null
    parameters.set(name.toLowerCase(), value)
    if (!endsElement(scan)) return null
    if (scan.atEnd()) return parameters
  }
}

/** Takes the commas after an element; false if something else follows it. */
function endsElement(scan: Scanner): boolean {
  return (scan.take(COMMAS) ?? '').includes(',') || scan.atEnd()
}

class Scanner {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  atEnd(): boolean {
    return this.at >= this.#text.length
  }

  peek(): string {
    return this.#text.charAt(this.at)
  }

  /** What a sticky pattern matches here, or null. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.#text)
    if (match === null) return null
    this.at = pattern.lastIndex
    return match[0]
  }
}
