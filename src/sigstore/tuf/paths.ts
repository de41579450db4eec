import type { Delegation } from './roles.ts'

/** Whether a delegation is for this target (4.5 of the TUF specification); `hex` is the SHA-256 of the target's path. */
export function isDelegated({ paths: { kind, list } }: Delegation, target: string, hex: string): boolean {
  return kind === 'patterns' ? list.some((pattern) => matchesPath(pattern, target)) : list.some((prefix) => hex.startsWith(prefix))
}

/** `*` and `?` stand for characters of one segment, as in a shell; `[` is a character like any other. */
function matchesPath(pattern: string, path: string): boolean {
  const [patterns, segments] = [pattern.split('/'), path.split('/')]
  return patterns.length === segments.length && patterns.every((part, at) => matchesSegment(part, segments[at] ?? ''))
}

/** Goes back to the last `*` only, so that no pattern takes more than length times length (T58). */
function matchesSegment(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0]
  for (let i = 0; i < text.length;) {
    const char = pattern[at]
    if (char === '*') {
      [star, resume] = [at++, i]
    } else if (char === '?' || char === text[i]) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++resume
    } else {
      return false
    }
  }
  return /^\**$/.test(pattern.slice(at))
}

/** A target's name that is one path below the mirror: no empty, `.` or `..` segment, printable ASCII. */
export function isTargetPath(path: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(path) && path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
}
