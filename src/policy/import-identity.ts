import { quoted } from '../base/quoted.ts'
import { refuse } from './import-refuse.ts'
import type { PolicyFileSigner } from './schema.ts'

/** Who signs without a key, as policy-controller and Kyverno say it. */
export interface ForeignIdentity {
  readonly issuer?: string | undefined
  readonly issuerRegExp?: string | undefined
  readonly subject?: string | undefined
  readonly subjectRegExp?: string | undefined
}

/** The signer that means exactly the same; throws `bad-policy` with the expression that has none. */
export function signerOfIdentity(where: string, { issuer, issuerRegExp, subject, subjectRegExp }: ForeignIdentity): PolicyFileSigner {
  if ((issuer === undefined) === (issuerRegExp === undefined)) refuse(where, 'names an identity without exactly one of "issuer" and "issuerRegExp"')
  if ((subject === undefined) === (subjectRegExp === undefined)) refuse(where, 'names an identity without exactly one of "subject" and "subjectRegExp"')
  const exactIssuer = issuer ?? patternOf(where, issuerRegExp ?? '')
  if (exactIssuer.includes('*')) refuse(where, `has the issuer ${quoted(issuer ?? issuerRegExp ?? '')}, and an issuer is always exact`)
  if (subject !== undefined && /[*?]/.test(subject)) refuse(where, `has the subject ${quoted(subject)} with a wildcard, which may stand for slashes too`)
  const pattern = subject ?? patternOf(where, subjectRegExp ?? '')
  return { ...(subject === undefined && pattern.includes('*') ? { identityPattern: pattern } : { identity: pattern }), issuer: exactIssuer }
}

const LITERAL = /^[A-Za-z0-9/:@_%~,=&;!'"#<> -]$/
/** What Go's regular expressions take for itself after a backslash. */
const ESCAPED = /^[.+*?()|[\]{}^$\\/@:_-]$/

/**
 * A regular expression of Go's as a pattern in which `*` is any text without a slash, where it means exactly that: anchored at both ends, dots escaped,
 * nothing but literals and `[^/]*`. Throws `bad-policy` with the expression for all others.
 */
export function patternOf(where: string, expression: string): string {
  const not = (why: string): never => refuse(where, `has the regular expression ${quoted(expression)}, ${why}`)
  if (!expression.startsWith('^') || !expression.endsWith('$') || expression.endsWith('\\$')) not('which is not anchored with ^ and $ and so fits more than it seems to')
  const body = expression.slice(1, -1)
  let pattern = ''
  for (let at = 0; at < body.length;) {
    const char = body.charAt(at)
    const next = body.charAt(at + 1)
    if (body.startsWith('[^/]*', at)) {
      pattern += '*'
      at += 5
    } else if (char === '\\' && ESCAPED.test(next)) {
      if (next === '*') not('in which a star stands for itself')
      pattern += next
      at += 2
    } else if (LITERAL.test(char)) {
      pattern += char
      at += 1
    } else not(char === '.' ? 'in which a dot stands for any character' : `of which ${quoted(body.slice(at, at + 12))} has no equal`)
  }
  // adjacent stars are one
  return pattern.replace(/\*{2,}/g, '*')
}
