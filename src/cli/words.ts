import type { InspectedSignature, Verdict } from '../index.ts'
import type { Mark } from './draw.ts'
import { printable } from './escape.ts'

export type VerdictSignature = Verdict['subjects'][number]['signatures'][number]
export type InspectedList = readonly InspectedSignature[]
type Signed = NonNullable<VerdictSignature['signed']>

/** Where a signature stands (R2), in words. */
export const PLACES: Readonly<Record<VerdictSignature['place'], string>> = {
  'graph': 'in the index',
  'digest-tag': 'at the digest tag',
  'referrers': 'as a referrer',
  'sig-tag': 'at cosign\'s .sig tag',
  'att-tag': 'at cosign\'s .att tag',
}

const STATES: Readonly<Record<VerdictSignature['state'], string>> = {
  'accepted': 'signed',
  'untrusted': 'untrusted signature',
  'invalid': 'broken signature',
  'mismatch': 'signature for another object',
  'expired': 'expired signature',
  'unsupported': 'signature of a kind not verified yet',
  'not-checked': 'signature that was not needed',
}

/** Names of signers for people: the file that named the key, else the start of its identifier. */
export function signerName(name: string, fileNames: ReadonlyMap<string, string>): string {
  const file = fileNames.get(name)
  if (file !== undefined) return printable(file)
  if (name.startsWith('keyless:')) return printable(name.slice(8), 120)
  return /^key:[0-9a-f]{64}$/.test(name) ? name.slice(0, 16) : printable(name, 40)
}

/** The signatures of one object as lines, those of which the same is to be said in one. */
export function signatureNotes(signatures: readonly VerdictSignature[], fileNames: ReadonlyMap<string, string>, allowed: boolean): { mark: Mark; text: string }[] {
  const groups = Map.groupBy(signatures, ({ state, code, place }) => `${state} ${code ?? ''} ${place}`)
  return [...groups.values()].map((group) => {
    const [{ state, code, place } = { state: 'not-checked', code: null, place: 'graph' } as const] = group
    const names = [...new Set(group.flatMap(({ signer }) => (signer === null ? [] : [signerName(signer, fileNames)])))]
    const by = names.length === 0 ? '' : ` by ${names.join(', ')}`
    const count = state !== 'accepted' && group.length > 1 ? ` (${group.length} of them)` : ''
    const why = state === 'accepted' || code === null ? '' : ` [${code}]`
    const mark = state === 'accepted' ? 'good' : state === 'not-checked' || (allowed && (state === 'untrusted' || state === 'unsupported')) ? 'none' : 'bad'
    return { mark, text: `${STATES[state]}${by}, ${PLACES[place]}${count}${why}` }
  })
}

/** What was signed besides the digest; empty where it was nothing. */
export function factsText(signed: Signed): string {
  const { repository, tag, platform, signedAt, expiresAt, annotations } = signed
  const values = Object.entries(annotations).map(([name, value]) => `${printable(name, 60)}=${printable(typeof value === 'string' ? value : JSON.stringify(value), 60)}`)
  return [
    ...(repository === null ? [] : [`repository ${printable(repository)}`]),
    ...(tag === null ? [] : [`tag ${printable(tag)}`]),
    ...(platform === null ? [] : [`platform ${printable(platform, 60)}`]),
    ...(signedAt === null ? [] : [`at ${signedAt}`]),
    ...(expiresAt === null ? [] : [`until ${expiresAt}`]),
    ...values,
  ].join(', ')
}

/** What the trusted root proves of a signature, a line each: who vouched for its signer, out of which workflow and commit, when, and in which log. */
export function proofLines(proof: InspectedSignature['proof']): readonly string[] {
  if (proof === null) return []
  const { issuer, extensions, time, log, timestampAuthority } = proof
  const fact = (label: string, ...names: readonly string[]): string[] => names.flatMap((name) => extensions[name] ?? []).slice(0, 1).map((value) => `${label} ${printable(value, 160)}`)
  return [
    ...(issuer === null ? [] : [`vouched for by ${printable(issuer, 120)}`]),
    ...fact('repository', 'sourceRepositoryURI', 'githubWorkflowRepository'),
    ...fact('ref', 'sourceRepositoryRef', 'githubWorkflowRef'),
    ...fact('commit', 'sourceRepositoryDigest', 'githubWorkflowSHA'),
    ...fact('workflow', 'buildConfigURI', 'githubWorkflowName'),
    ...fact('run', 'runInvocationURI'),
    ...(time === null ? [] : [`signed at ${time}${timestampAuthority === null ? '' : `, as ${printable(timestampAuthority, 120)} says`}`]),
    ...(log === null ? [] : [`${log.index === null ? 'an entry' : `entry ${log.index}`} of the log ${printable(log.name, 120)}`]),
  ]
}

/** What a signature says of whoever made it. A claim, until a key or the trusted root proves it. */
export function claimText(signature: InspectedSignature): string {
  if (signature.proof !== null && signature.proof.identity !== null) return `by ${printable(signature.proof.identity, 160)}, as ${signature.form === 'notation' ? 'an authority of the policy' : 'the trusted root'} proves`
  if (signature.certificate) return signature.form === 'notation' ? 'made with a certificate, which stands beside it' : 'made without a key, a certificate stands beside it'
  if (signature.hint !== null) return `names nobody, hint ${printable(signature.hint.slice(0, 12), 12)}`
  return 'names nobody'
}
