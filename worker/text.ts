/** Everything but printable ASCII as `\u….` of JSON: no line break, terminal escape or bidi mark of a stranger's gets into a log or a header (T60). */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A stranger's word for a sentence: in quotes, cut short. */
export function quoted(text: string): string {
  const longest = 80
  return text.length > longest ? `${asciiJson(text.slice(0, longest))}…` : asciiJson(text)
}
