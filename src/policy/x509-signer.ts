import { base64Encode, equalBytes } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseCertificatesPem, type Certificate } from '../x509/certificate.ts'
import { parseSubject, type Subject } from '../x509/name.ts'
import { fail } from './fail.ts'
import type { X509Signer } from './policy.ts'
import type { PolicyFileSigner, PolicyFileX509 } from './schema.ts'

/** Reads a signer by certificates of notation; throws `bad-policy`. */
export function x509Signer(entry: string, name: string, { x509, log }: PolicyFileSigner): X509Signer {
  if (x509 === undefined) return fail(entry, `has no "x509" in signer "${name}"`)
  if (log === true) fail(entry, `asks for "log": true in signer "${name}"; no log keeps notation's signatures`)
  const { roots = [], signingAuthorities = [], tsa = [], verifyTimestamp } = x509
  if (roots.length + signingAuthorities.length === 0) fail(entry, `names no "roots" in signer "${name}"; a certificate proves nothing without an authority`)
  if (tsa.length > 0 && roots.length === 0) fail(entry, `has "tsa" without "roots" in signer "${name}"; a signing authority vouches for the time itself`)
  if (verifyTimestamp !== undefined && tsa.length === 0) fail(entry, `has "verifyTimestamp" without "tsa" in signer "${name}"`)
  const read = (field: keyof PolicyFileX509, texts: readonly string[]): readonly Certificate[] => texts.flatMap((text) => certificates(entry, name, field, text))
  return {
    kind: 'x509',
    name,
    keys: [],
    roots: read('roots', roots),
    signingAuthorities: read('signingAuthorities', signingAuthorities),
    subject: subjectOf(entry, name, x509),
    tsa: read('tsa', tsa),
    verifyTimestamp: verifyTimestamp ?? 'always',
  }
}

function subjectOf(entry: string, name: string, { subject, anySubject }: PolicyFileX509): Subject | null {
  if ((subject === undefined) === (anySubject === undefined)) fail(entry, `needs exactly one of "subject" and "anySubject" in signer "${name}"`)
  if (subject === undefined) return null
  if (subject.trim() === '*') fail(entry, `has * as "subject" of signer "${name}": that is whoever its authorities certify; if they certify nobody else, say "anySubject": true`)
  try {
    return parseSubject(subject)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return fail(entry, `has a "subject" in signer "${name}" that is not read. ${error.message.replace(/\.$/, '')}`)
  }
}

function certificates(entry: string, name: string, field: string, text: string): readonly Certificate[] {
  try {
    const found = parseCertificatesPem(text)
    if (found.length === 0) fail(entry, `has a text under "${field}" of signer "${name}" that is no PEM certificate`)
    const stray = found.some(({ basicConstraints, issuer, subject }) => basicConstraints?.isAuthority !== true && !equalBytes(issuer, subject))
    return stray ? fail(entry, `has a certificate under "${field}" of signer "${name}" that is neither an authority's nor self-signed`) : found
  } catch (error) {
    if (!(error instanceof SealdexError) || error.code === 'bad-policy') throw error
    throw new SealdexError('bad-policy', `A certificate under "${field}" of signer "${name}" in policy "${entry}" cannot be used: ${error.message}`, { cause: error })
  }
}

/** What two signers must not share: an authority with a subject. */
export function x509Marks({ roots, signingAuthorities, subject }: X509Signer): readonly string[] {
  const kinds = [['root', roots], ['signing authority', signingAuthorities]] as const
  return [...new Set(kinds.flatMap(([kind, list]) => list.map(({ der }) => `${kind} ${base64Encode(der)}\n${subject?.text ?? '*'}`)))]
}

/** The signer as plain JSON; `subject` in one spelling. */
export function canonicalX509({ roots, signingAuthorities, subject, tsa, verifyTimestamp }: X509Signer): unknown {
  const list = (certificates: readonly Certificate[]): readonly string[] => certificates.map(({ der }) => base64Encode(der))
  return { x509: { roots: list(roots), signingAuthorities: list(signingAuthorities), subject: subject?.text ?? null, tsa: list(tsa), verifyTimestamp } }
}
