import type { InspectedSignature, Verdict } from '../src/index.ts'

export type VerdictSignature = Verdict['subjects'][number]['signatures'][number]
export type Signed = NonNullable<VerdictSignature['signed']>
type Place = VerdictSignature['place']

/** Where a signature stands (R2), in words. */
export const PLACES: Readonly<Record<Place, string>> = {
  'graph': 'in the index',
  'digest-tag': 'at the digest tag',
  'referrers': 'as a referrer',
  'sig-tag': 'at cosign’s .sig tag',
  'att-tag': 'at cosign’s .att tag',
}

/** The same places as names. */
export const PLACE_NAMES: Readonly<Record<Place, string>> = {
  'graph': 'the index itself',
  'digest-tag': 'digest tag',
  'referrers': 'list of referrers',
  'sig-tag': 'cosign’s .sig tag',
  'att-tag': 'cosign’s .att tag',
}

export const STATES: Readonly<Record<VerdictSignature['state'], string>> = {
  'accepted': 'signed',
  'untrusted': 'signature by nobody you trust',
  'invalid': 'broken signature',
  'mismatch': 'signature for another object',
  'expired': 'expired signature',
  'unsupported': 'signature of a kind not verified here',
  'not-checked': 'signature that was not needed',
}

/** The start of a digest: enough to tell objects of one index apart. */
export function short(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13)
}

export function nameOf(signer: string, names: ReadonlyMap<string, string>): string {
  if (signer.startsWith('keyless:')) return plain(signer.slice(8))
  return names.get(signer) ?? (/^key:[0-9a-f]{64}$/.test(signer) ? signer.slice(0, 16) : signer)
}

export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}

/** What a stranger wrote, for one line: control and bidirectional characters as their numbers, and not endless. */
export function plain(text: string, most = 200): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text
  return cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
}

/** What was signed besides the digest. */
export function factsOf(signed: Signed): readonly (readonly [string, string])[] {
  const { repository, tag, signedAt, expiresAt, annotations } = signed
  const own = [['repository', repository], ['tag', tag], ['signed at', signedAt], ['expires', expiresAt]] as const
  const values = Object.entries(annotations).map(([name, value]) => [plain(name, 80), plain(typeof value === 'string' ? value : JSON.stringify(value))] as const)
  return [...own.flatMap(([name, value]) => (value === null ? [] : [[name, plain(value)] as const])), ...values]
}

/** What the trusted root proves of a signature made without a key: out of which workflow and commit, when, and in which log. */
export function proofOf(proof: VerdictSignature['proof']): readonly (readonly [string, string])[] {
  if (proof === null) return []
  const { issuer, extensions, time, log, timestampAuthority } = proof
  const fact = (label: string, ...names: readonly string[]): (readonly [string, string])[] => names.flatMap((name) => extensions[name] ?? []).slice(0, 1).map((value) => [label, plain(value)] as const)
  return [
    ...(issuer === null ? [] : [['vouched for by', plain(issuer)] as const]),
    ...fact('repository', 'sourceRepositoryURI', 'githubWorkflowRepository'),
    ...fact('ref', 'sourceRepositoryRef', 'githubWorkflowRef'),
    ...fact('commit', 'sourceRepositoryDigest', 'githubWorkflowSHA'),
    ...fact('workflow', 'buildConfigURI', 'githubWorkflowName'),
    ...fact('run', 'runInvocationURI'),
    ...(time === null ? [] : [['signed at', timestampAuthority === null ? time : `${time}, says ${plain(timestampAuthority)}`] as const]),
    ...(log === null ? [] : [['log', `${plain(log.name)}${log.index === null ? '' : `, entry ${log.index}`}`] as const]),
  ]
}

/** What a signature says of whoever made it. A claim, until a key proves it. */
export function claimOf({ certificate, hint, proof }: InspectedSignature): string {
  if (proof !== null && proof.identity !== null) return `by ${plain(proof.identity)}, for whom ${plain(proof.issuer ?? 'nobody')} vouched${proof.time === null ? '' : ` at ${proof.time}`}: proved by the trusted root`
  if (certificate) return 'made without a key: the certificate beside it is not proved'
  return hint === null ? 'names nobody: a bare signature, which any key could have made' : `names nobody; says to be by a key that begins with ${plain(hint.slice(0, 16), 16)}`
}
