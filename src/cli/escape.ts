/** Longest piece of a stranger's text that is printed. */
const LONGEST = 200

/**
 * A stranger's text for a terminal (T60): printable ASCII and Latin letters stay, everything else (control characters, line breaks, bidi marks,
 * look-alike scripts) is written as `\u{…}`, so that it can neither move the cursor nor pass for something else.
 */
export function printable(text: string, longest: number = LONGEST): string {
  const cut = text.length > longest ? text.slice(0, longest) : text
  const escaped = cut.replace(/[^\x20-\x7e\u00c0-\u024f…]|\\/gu, (char) => (char === '\\' ? '\\\\' : `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`))
  return cut === text ? escaped : `${escaped}…`
}

/** The first 12 hex of each digest and key identifier in a text: enough to tell things apart on a line of 80 columns. */
export function shortened(text: string): string {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}(?:[0-9a-f]{64})?\b/g, '$1')
}
