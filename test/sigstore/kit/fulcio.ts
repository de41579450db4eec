import { concatBytes, utf8Encode } from '../../../src/base/bytes.ts'
import { writeOid } from '../../../src/base/der.ts'
import { authorityKeyId, basicConstraints, CODE_SIGNING, extendedKeyUsage, issue, keyUsage, subjectAltName, subjectKeyId, tbsCertificate, type CertificateFields, type Extension, type Issued } from './certificate.ts'
import { sctExtension, signCertificateTimestamp, type CtLog, type SctChoices } from './ct-log.ts'
import { writeExplicit, writeImplicit, writeName, writeUtf8, type Bytes } from './der.ts'
import { makeKey, type KeyKind, type SigningKey } from './keys.ts'
import type { Random } from './random.ts'
import { always, MINUTE, NOW, YEAR, type Window } from './window.ts'

/** A certificate authority as Fulcio runs it: a root, an intermediate, leaves that live for ten minutes. */
export interface Authority {
  readonly root: Issued
  /** Issues the leaves; the root itself if there is none. */
  readonly intermediate: Issued
  readonly validFor: Window
  readonly uri: string
}

export interface AuthorityChoices {
  readonly kind?: KeyKind
  readonly validFor?: Window
  readonly organization?: string
  readonly noIntermediate?: boolean
  /** What is to be other in the certificates. */
  readonly root?: Partial<CertificateFields>
  readonly intermediate?: Partial<CertificateFields>
  /** Purposes of the intermediate, and the rest of it, by what the authority is for. */
  readonly purposes?: readonly string[]
}

export function makeAuthority(random: Random, choices: AuthorityChoices = {}): Authority {
  const { kind = 'P-384', validFor = always, organization = 'sigstore.test' } = choices
  const life = { notBefore: NOW - 3 * YEAR, notAfter: NOW + 7 * YEAR }
  const rootKey = makeKey(kind, random)
  const rootName = writeName(organization, 'sigstore')
  const rootFields: CertificateFields = {
    serial: random.bytes(19), issuer: rootName, subject: rootName, ...life, spki: rootKey.spki,
    extensions: [keyUsage('certSign'), basicConstraints(true), subjectKeyId(rootKey.spki)], ...choices.root,
  }
  const root: Issued = { der: issue(rootFields, rootKey), fields: rootFields, key: rootKey }
  if (choices.noIntermediate === true) return { root, intermediate: root, validFor, uri: 'https://fulcio.test' }
  const key = makeKey(kind, random)
  const fields: CertificateFields = {
    serial: random.bytes(19), issuer: rootName, subject: writeName(organization, 'sigstore-intermediate'), ...life, spki: key.spki,
    extensions: [keyUsage('certSign'), extendedKeyUsage(choices.purposes ?? [CODE_SIGNING]), basicConstraints(true, 0), subjectKeyId(key.spki), authorityKeyId(rootKey.spki)],
    ...choices.intermediate,
  }
  return { root, intermediate: { der: issue(fields, rootKey), fields, key }, validFor, uri: 'https://fulcio.test' }
}

const ARC = '1.3.6.1.4.1.57264.1'

/** Subject alternative names as Fulcio writes them. */
export const san = {
  email: (text: string): Bytes => writeImplicit(1, utf8Encode(text)),
  uri: (text: string): Bytes => writeImplicit(6, utf8Encode(text)),
  dns: (text: string): Bytes => writeImplicit(2, utf8Encode(text)),
  /** `user!domain`. */
  username: (text: string): Bytes => writeExplicit(0, writeOid(`${ARC}.7`), writeExplicit(0, writeUtf8(text))),
} as const

/** 1 to 6 are raw strings, from 8 on UTF8String in DER (formats.md 7, point 11). */
export function fulcioExtension(number: number, text: string): Extension {
  return { oid: `${ARC}.${number}`, critical: false, value: number <= 6 ? utf8Encode(text) : writeUtf8(text) }
}

export interface LeafChoices {
  readonly names?: readonly Bytes[]
  readonly issuer?: string
  readonly claims?: readonly Extension[]
  readonly key?: SigningKey
  readonly kind?: KeyKind
  readonly notBefore?: number
  readonly notAfter?: number
  /** Logs that sign it; none for a certificate without the list. */
  readonly ctLogs?: readonly CtLog[]
  readonly sct?: Partial<SctChoices>
  /** What is to be other in the certificate. */
  readonly fields?: Partial<CertificateFields>
  /** Signs instead of the authority; `self` is its own key. */
  readonly signer?: SigningKey | 'self'
  /** Instead of the key usage and purpose of a leaf. */
  readonly usage?: readonly Extension[]
}

export const IDENTITY = 'https://github.com/sealdex-test/demo/.github/workflows/release.yml@refs/heads/main'
export const ISSUER = 'https://token.actions.githubusercontent.com'

/** What GitHub's tokens become; the numbers are those of Fulcio's arc. */
export const GITHUB_CLAIMS: readonly Extension[] = [
  fulcioExtension(2, 'push'), fulcioExtension(3, 'c7b3dfb335f051e1c86bda4c716fac97df62ad81'), fulcioExtension(4, 'Release'), fulcioExtension(5, 'sealdex-test/demo'), fulcioExtension(6, 'refs/heads/main'),
  fulcioExtension(9, IDENTITY), fulcioExtension(11, 'github-hosted'), fulcioExtension(12, 'https://github.com/sealdex-test/demo'), fulcioExtension(13, 'c7b3dfb335f051e1c86bda4c716fac97df62ad81'),
  fulcioExtension(14, 'refs/heads/main'), fulcioExtension(18, IDENTITY), fulcioExtension(20, 'push'), fulcioExtension(21, 'https://github.com/sealdex-test/demo/actions/runs/1/attempts/1'),
]

export function issueLeaf(authority: Authority, random: Random, choices: LeafChoices = {}): Issued {
  const { names = [san.uri(IDENTITY)], issuer = ISSUER, claims = [], kind = 'P-256', notBefore = NOW - MINUTE, notAfter = notBefore + 10 * MINUTE, ctLogs = [] } = choices
  const key = choices.key ?? makeKey(kind, random)
  const { key: issuerKey, fields: { subject } } = authority.intermediate
  const signer = choices.signer === 'self' ? key : choices.signer ?? issuerKey
  const fields: CertificateFields = {
    serial: concatBytes(Uint8Array.of(0x11), random.bytes(18)), issuer: subject, subject: writeName(null, null), notBefore, notAfter, spki: key.spki,
    extensions: [
      ...(choices.usage ?? [keyUsage('digitalSignature'), extendedKeyUsage([CODE_SIGNING])]), subjectKeyId(key.spki), authorityKeyId(issuerKey.spki), subjectAltName(names),
      fulcioExtension(1, issuer), fulcioExtension(8, issuer), ...claims,
    ],
    ...choices.fields,
  }
  const tbs = tbsCertificate(fields, signer)
  const sct = { timestamp: notBefore * 1000 + 17, issuerSpki: issuerKey.spki, ...choices.sct }
  const lists = ctLogs.length === 0 ? [] : [sctExtension(ctLogs.map((log) => signCertificateTimestamp(log, tbs, sct)))]
  const whole = { ...fields, extensions: [...fields.extensions, ...lists] }
  return { der: issue(whole, signer), fields: whole, key }
}
