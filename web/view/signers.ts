import type { Verdict } from '../../src/index.ts'
import { h } from '../dom.ts'
import { factsOf, nameOf, proofOf, short, type Signed } from '../words.ts'
import type { Shown } from './answer.ts'
import { section } from './section.ts'

const KINDS: Readonly<Record<Verdict['signers'][number]['kind'], string>> = { key: 'key', ssh: 'SSH key', keyless: 'identity', x509: 'certificate' }

/** Who signed, by the verified bytes, and what: the same facts about several objects together. */
export function signersView({ answer: { verdict, names }, labels }: Shown): HTMLElement | null {
  if (verdict === null) return null
  const accepted = verdict.subjects.flatMap(({ signatures }) => signatures.filter(({ state }) => state === 'accepted'))
  return section('Signed by', ...inOrder(verdict.signers, names).map(({ name, kind, keyId, identity, issuer }) => {
    const proofs = accepted.flatMap(({ signer, proof }) => (signer === name ? [proofOf(proof)] : [])).filter((facts) => facts.length > 0)
    const mine = accepted.flatMap(({ signer, signed }) => (signer === name && signed !== null ? [signed] : []))
    return h('div', { class: 'signer' },
      h('p', { class: 'who' }, h('strong', {}, nameOf(name, names)), ' ',
        h('span', { class: 'quiet' }, [KINDS[kind], identity === nameOf(name, names) ? null : identity, kind === 'keyless' ? null : issuer, keyId === null ? null : `${keyId.slice(0, 16)}…`].filter((part) => part !== null).join(' · '))),
      ...[...Map.groupBy(mine, (signed) => JSON.stringify(factsOf(signed))).values()].map((group) => factsView(group, labels)),
      ...[...new Map(proofs.map((facts) => [JSON.stringify(facts), facts])).values()].map((facts) => h('dl', { class: 'signed' }, ...facts.map(pair))))
  }))
}

/** In the order in which their keys were given, then by name. */
export function inOrder<T extends { readonly name: string }>(signers: readonly T[], names: ReadonlyMap<string, string>): readonly T[] {
  const order = [...names.keys()]
  const rank = ({ name }: T): number => (order.includes(name) ? order.indexOf(name) : order.length)
  return [...signers].sort((a, b) => rank(a) - rank(b))
}

function factsView(group: readonly Signed[], labels: ReadonlyMap<string, string>): HTMLElement {
  const [first] = group
  const about = [...new Set(group.map(({ digest }) => labels.get(digest) ?? short(digest)))]
  return h('dl', { class: 'signed' },
    h('div', {}, h('dt', {}, 'signed'), h('dd', {}, about.join(', '))),
    ...(first === undefined ? [] : factsOf(first)).map(pair))
}

function pair([name, value]: readonly [string, string]): HTMLElement {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value))
}
