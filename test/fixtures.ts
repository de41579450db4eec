import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Asked } from './judging.ts'

/** A case of test/fixtures: an image layout made by real tools, and what is to be said of it (README.md there). */
export interface Case {
  readonly name: string
  readonly reference: string
  readonly subject: string
  readonly expect: Expectation
  readonly accept?: readonly Expectation[]
  readonly keys?: readonly string[]
  readonly allowedSigners?: string
  readonly at?: string
  readonly policy?: string | { readonly log?: boolean; readonly timestamp?: boolean }
  readonly alternatives?: readonly Alternative[]
  readonly identity?: Identity
  readonly identities?: readonly Identity[]
  readonly trustedRoot?: string
  /** Files of notation's trust policy and stores. */
  readonly notation?: { readonly trustPolicy: string; readonly trustStores: Readonly<Record<string, readonly string[]>> }
  readonly kind?: string
  readonly registry?: string
  readonly platforms?: readonly { architecture: string; os: string; digest: string }[]
  readonly privateKeys?: readonly string[]
  readonly password?: string
}

export type Expectation = 'allow' | 'deny' | 'unsigned' | 'indeterminate'

export interface Alternative {
  readonly keys?: readonly string[]
  readonly policy?: string | { readonly log?: boolean; readonly timestamp?: boolean }
  readonly identity?: Identity
  readonly trustedRoot?: string
  readonly expect: Expectation
  readonly accept?: readonly Expectation[]
  readonly why?: string
}

/** One judgement of a case: the case itself, or one of its alternatives. */
export interface Judgement {
  readonly label: string
  readonly asked: Asked
  readonly expect: Expectation
  readonly accept: readonly Expectation[]
}

interface Identity {
  readonly san: string
  readonly issuer: string
}

export const FIXTURES: string = join(import.meta.dirname, 'fixtures')

/** Whether what is attached can be found only through the referrers API of the registry that it comes from: nothing stands at a digest tag. */
export function needsReferrersApi({ name, registry }: Case): boolean {
  // oras lists what is attached as unnamed entries of the layout
  if (name === 'layout-oras') return true
  return registry?.includes('(referrers API)') === true
}

export function caseNames(): string[] {
  return readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'ssh').map((entry) => entry.name).filter((name) => readCase(name).kind === undefined).sort()
}

export function readCase(name: string): Case {
  return JSON.parse(readFileSync(join(FIXTURES, name, 'case.json'), 'utf8')) as Case
}

export function fixtureText(name: string, file: string): string {
  return readFileSync(join(FIXTURES, name, file), 'utf8')
}

/** The files of the case's layout by their path in it. */
export function layoutOf(name: string): Map<string, Uint8Array<ArrayBuffer>> {
  const folder = join(FIXTURES, name, 'layout')
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(folder.length + 1), new Uint8Array(readFileSync(path)))
  }
  return files
}

/** A key of nobody's: who trusts nothing that is read today trusts this. */
const STRANGER = (): string => fixtureText('annotated-hash', 'keys/other.pub')

/** The case itself, by its keys and by notation's trust policy where it has both, and its alternatives. */
export function judgementsOf(test: Case): Judgement[] {
  const by = (label: string, asked: Asked): Judgement => ({ label, asked, expect: test.expect, accept: test.accept ?? [test.expect] })
  const asked = askedOf(test, test)
  const own = test.keys === undefined || asked.notation === null ? [by('itself', asked)] : [by('itself', { ...asked, notation: null }), by('by notation', asked)]
  const others = (test.alternatives ?? []).map((other, i): Judgement => ({
    label: `alternative ${i}${other.why === undefined ? '' : `: ${other.why}`}`,
    asked: askedOf(test, other),
    expect: other.expect,
    accept: other.accept ?? [other.expect],
  }))
  return [...own, ...others]
}

/** An alternative's keys, or its identity, replace every signer of the case; what it does not say is as in the case. */
function askedOf(test: Case, one: Case | Alternative): Asked {
  const replaced = one !== test && (one.keys !== undefined || one.identity !== undefined)
  const keys = (replaced ? one.keys : test.keys) ?? []
  const allowedSigners = replaced || test.allowedSigners === undefined ? null : fixtureText(test.name, test.allowedSigners)
  const identities = replaced ? [one.identity ?? []].flat() : [test.identities ?? test.identity ?? []].flat()
  const trustedRoot = one.trustedRoot ?? test.trustedRoot
  const { log = true } = typeof one.policy === 'object' ? one.policy : {}
  return {
    notation: replaced ? null : notationOf(test),
    keys: keys.length + identities.length === 0 && allowedSigners === null ? [STRANGER()] : keys.map((file) => fixtureText(test.name, file)),
    allowedSigners,
    identities,
    log,
    trustedRoot: trustedRoot === undefined ? null : fixtureText(test.name, trustedRoot),
    platform: typeof one.policy === 'string' ? (/^platform=(.+)$/.exec(one.policy)?.[1] ?? null) : null,
    at: test.at ?? '2026-11-24T12:00:00Z',
  }
}

function notationOf({ name, notation }: Case): Asked['notation'] {
  if (notation === undefined) return null
  const stores = Object.entries(notation.trustStores).map(([store, files]) => [store, files.map((file) => fixtureText(name, file))] as const)
  return { trustPolicy: fixtureText(name, notation.trustPolicy), stores: Object.fromEntries(stores) }
}
