/** Longest piece of a stranger's text in a message, in UTF-16 units. */
const LONGEST = 80

/** A short word of a stranger's, such as a platform: as it is where it is plain, else in quotes. */
export function plain(text: string): string {
  return /^[0-9A-Za-z._/-]{1,80}$/.test(text) ? text : quoted(text)
}

/** A stranger's text for a message: in quotes, cut short, and everything but printable ASCII escaped, so that it can't break lines or move the cursor (T60). */
export function quoted(text: string): string {
  const cut = text.length > LONGEST ? text.slice(0, LONGEST) : text
  const escaped = cut.replace(/[^\x20-\x7e]|["\\]/gu, (char) => (char === '"' || char === '\\' ? `\\${char}` : `\\u{${char.codePointAt(0)?.toString(16)}}`))
  return `"${escaped}"${cut === text ? '' : '…'}`
}
