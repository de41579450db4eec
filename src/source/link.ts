/** Longer than any real one. */
const MAX_LENGTH = 8_192
const ELEMENT = /[ \t]*<([^<>"\x00-\x20]*)>((?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:"(?:[^"\\]|\\.)*"|[^",;\s]+))?)*)[ \t]*(?:,|$)/y
const NEXT = /;[ \t]*rel=(?:"(?:[^"]* )?next(?: [^"]*)?"|next)(?=[ \t;]|$)/i

/** The target of `rel="next"` in a `Link` header (RFC 8288); null if there is none, `broken` if the header breaks the grammar or names two. */
export function parseNextLink(header: string | null, base: URL): URL | null | 'broken' {
  if (header === null || header.trim() === '') return null
  if (header.length > MAX_LENGTH) return 'broken'
  let next: URL | null = null
  ELEMENT.lastIndex = 0
  while (ELEMENT.lastIndex < header.length) {
    const match = ELEMENT.exec(header)
    if (match === null) return 'broken'
    if (!NEXT.test(match[2] ?? '')) continue
    const url = URL.parse(match[1] ?? '', base.href)
    if (url === null || next !== null) return 'broken'
    next = url
  }
  return next
}
