import type { Defence, Row } from './table.ts'

const HOSTILE = 'web/hostile'

/** What a page meets that trusts no server (threats.md, 59 to 62). */
const ROWS: readonly Row[] = [
  ['T59', 'web/reference.ts', '  refuseLookAlikes(bare)\n', '', 'web/reading', 'T59: "ghcr.іo/acme/app" is refused'],
  ['T59', 'web/reference.ts', "note: noteOn(reference)", 'note: null', 'web/reading', 'T59: punycode'],
  ['T60', 'web/words.ts', 'return cut.replace(', "return cut !== '' ? cut : cut.replace(", HOSTILE, 'T61: markup and addresses'],
  ['T61', 'web/dom.ts', 'element.append(...children.filter((child) => child !== null && child !== false))', "element.innerHTML = children.map((child) => (child instanceof Element ? child.outerHTML : String(child || ''))).join('')", HOSTILE, 'T61: markup and addresses'],
  ['T61', 'worker/page-policy.ts', `, "frame-ancestors 'none'"`, '', HOSTILE, 'T61: nothing turns text'],
  ['T62', 'web/core/bring.ts', 'if (recorded?.reference !== reference) fail(', 'if (false) fail(', HOSTILE, 'T62: a layout that marks nothing'],
  ['T62', 'web/core/bring.ts', 'if (size > maxBytes) {', 'if (size > 16 * maxBytes) {', HOSTILE, 'T62: an answer without end'],
  ['R2', 'web/core/bring.ts', 'strayed && !response.ok', 'false', HOSTILE, 'R2: what another host says'],
]

export const PAGE: readonly Defence[] = ROWS.map(([threat, file, find, replace, test, name]) => ({ threat, file, find, replace, test: `test/${test}.test.ts`, name }))
