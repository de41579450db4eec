import { entryFor, type Policy, type Repository } from '../index.ts'
import { printable } from './escape.ts'
import { attachmentType } from './predicates.ts'
import type { Page } from './verdict-text.ts'
import { wrap } from './wrap.ts'

type Entry = Policy['entries'][number]
type Scope = Entry['scopes'][number]
type Signer = Entry['signers'] extends ReadonlyMap<string, infer S> ? S : never

/** A whole policy in words. */
export function policyLines(policy: Policy, page: Page): readonly string[] {
  const { style, columns } = page
  const revoked = policy.denyDigests.size + policy.denyKeyIds.size
  return [
    ...wrap(`Valid: ${counted(policy.entries.length, 'policy', 'policies')}. The most specific scope decides; where none matches, nothing is allowed.`, columns),
    ...(revoked === 0 ? [] : wrap(`Revoked whatever else stands there: ${counted(policy.denyDigests.size, 'digest', 'digests')}, ${counted(policy.denyKeyIds.size, 'key', 'keys')}.`, columns)),
    ...policy.entries.flatMap((entry) => ['', style.bold(printable(entry.name, 120)), ...item(`for ${entry.scopes.map(scopeWords).join('; ')}`, columns), ...demandLines(entry, columns)]),
    '',
    style.dim(policy.digest),
  ]
}

/** Which entry decides about a repository, by which scope, and which others match less closely. */
export interface Explained {
  readonly entry: Entry | null
  readonly scope: string | null
  readonly others: readonly { readonly policy: string; readonly scope: string }[]
}

export function explained(policy: Policy, repository: Repository): Explained {
  const entry = entryFor(policy, repository)
  const matching = policy.entries.flatMap((one) => one.scopes.filter((scope) => matches(scope, repository)).map((scope) => ({ policy: one.name, scope, one })))
  const ranked = matching.sort((a, b) => rank(b.scope) - rank(a.scope))
  const [first] = ranked
  return { entry, scope: first === undefined ? null : nameOf(first.scope), others: ranked.slice(1).map(({ policy: name, scope }) => ({ policy: name, scope: nameOf(scope) })) }
}

export function entryLines({ entry, scope, others }: Explained, { style, columns }: Page): readonly string[] {
  if (entry === null || scope === null) return wrap('No scope of the policy matches it, so nothing is allowed there (no-scope). A scope "*" would match everything.', columns)
  const why = others.length === 0 ? 'the only scope that matches' : `the most specific scope that matches; less specific, and so not asked: ${others.map((one) => `${printable(one.scope, 120)} of "${printable(one.policy, 60)}"`).join(', ')}`
  return [...wrap(`"${printable(entry.name, 120)}" decides by ${printable(scope, 200)}: ${why}.`, columns), '', style.bold('Demanded'), ...demandLines(entry, columns)]
}

function demandLines({ reject, signers, require }: Entry, columns: number): readonly string[] {
  if (reject) return item('everything is rejected', columns)
  const { from, threshold, coverage, annotations, repository, tag, maxAgeSeconds, attestations, complete } = require
  const demands = [
    `${threshold === 1 && from.length === 1 ? 'a signature by' : threshold === from.length ? `signatures by all ${threshold} of` : `signatures by at least ${threshold} of`} ${from.map(quotedName).join(', ')}, ${COVERAGE[coverage]}`,
    ...[...annotations].map(([name, value]) => `each with the signed value ${printable(name, 60)}=${printable(value, 60)}`),
    ...(repository === null ? [] : [`each for ${repository === 'same' ? 'the repository that is asked for' : repository.map((one) => printable(one, 120)).join(' or ')}`]),
    ...(tag ? ['each for the tag that is asked for'] : []),
    ...(maxAgeSeconds === null ? [] : [`each not older than ${age(maxAgeSeconds)}`]),
    ...attestations.map(({ predicateType, from: by, where }) => `an attestation ${attachmentType(predicateType, 120)} by ${by.map(quotedName).join(' or ')} about each platform${where.map(({ path, in: allowed }) => `, with ${allowed.map((one) => printable(String(one), 60)).join(' or ')} at ${printable(path, 120)}`).join('')}`),
    ...(complete ? ['what is attached is what the newest signed list says'] : []),
  ]
  return [...demands.flatMap((text) => item(text, columns)), ...[...signers.values()].flatMap((signer) => item(`${quotedName(signer.name)} is ${signerWords(signer)}`, columns))]
}

const COVERAGE: Readonly<Record<Entry['require']['coverage'], string>> = { all: 'on each platform or on an index that lists it', each: 'on each platform itself', index: 'on the index as a whole' }

function signerWords(signer: Signer): string {
  if (signer.kind === 'keyless') {
    const who = signer.identity === null ? `anybody like ${printable(signer.identityPattern ?? '', 200)}` : printable(signer.identity, 200)
    const facts = [...signer.extensions].map(([name, value]) => `, ${name} ${printable(value, 120)}`).join('')
    return `${who}, for whom ${printable(signer.issuer, 200)} vouches${facts}${signer.log ? '' : ', without a log'}${signer.sct ? '' : ', without a certificate timestamp'}`
  }
  if (signer.kind === 'x509') return `${signer.subject === null ? 'whoever has' : `${printable(signer.subject.text, 200)} with`} a certificate of ${counted(signer.roots.length + signer.signingAuthorities.length, 'authority', 'authorities')}${signer.tsa.length === 0 ? '' : ', with a timestamp'}`
  const keys = signer.keys.map(({ key, notBefore, notAfter }) => `key:${key.keyId.slice(0, 12)}${notBefore === null && notAfter === null ? '' : ' (within its window)'}`).join(' or ')
  if (signer.kind === 'ssh') return `${keys} by SSH${signer.namespaces === null ? '' : ` in ${signer.namespaces.map((one) => printable(one, 60)).join(', ')}`}`
  return `${keys}${signer.log ? ', with an entry in a log' : ''}`
}

function quotedName(name: string): string {
  return `"${printable(name, 60)}"`
}

function nameOf({ kind, name }: Scope): string {
  return kind === 'prefix' ? `${name}/*` : name
}

function scopeWords(scope: Scope): string {
  return scope.kind === 'any' ? 'everything (*)' : scope.kind === 'prefix' ? `all below ${scope.name}/` : scope.name
}

function rank(scope: Scope): number {
  return scope.kind === 'any' ? 0 : scope.kind === 'exact' ? Number.MAX_SAFE_INTEGER : scope.name.length
}

function matches(scope: Scope, { name }: Repository): boolean {
  return scope.kind === 'any' || (scope.kind === 'exact' ? scope.name === name : name.startsWith(`${scope.name}/`))
}

function age(seconds: number): string {
  for (const [unit, size] of [['day', 86_400], ['hour', 3_600], ['minute', 60]] as const) if (seconds % size === 0) return counted(seconds / size, unit, `${unit}s`)
  return counted(seconds, 'second', 'seconds')
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

function item(text: string, columns: number): readonly string[] {
  return wrap(text, columns - 4).map((line, i) => `  ${i === 0 ? '-' : ' '} ${line}`)
}
