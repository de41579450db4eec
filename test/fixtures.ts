import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

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
  readonly policy?: string | object
  readonly alternatives?: readonly Alternative[]
  readonly kind?: string
  readonly platforms?: readonly { architecture: string; os: string; digest: string }[]
  readonly privateKeys?: readonly string[]
  readonly password?: string
}

export type Expectation = 'allow' | 'deny' | 'unsigned' | 'indeterminate'

export interface Alternative {
  readonly keys?: readonly string[]
  readonly policy?: string | object
  readonly identity?: object
  readonly trustedRoot?: string
  readonly expect: Expectation
  readonly accept?: readonly Expectation[]
  readonly why?: string
}

/** One judgement of a case: the case itself, or one of its alternatives. */
export interface Judgement {
  readonly label: string
  readonly keys: readonly string[]
  readonly allowedSigners: string | null
  readonly platform: string | null
  readonly expect: Expectation
  readonly accept: readonly Expectation[]
}

export const FIXTURES: string = join(import.meta.dirname, 'fixtures')

/** The cases that the code of today must get right (everything else must only never be allowed wrongly). */
const READ_TODAY = /^(annotated-|f-(?!keyless)|ssh-inline|cosign-sig-|cosign-alg-|cosign-copied$|cosign-both-forms$|unsigned$|child-bytes_fail$|layout-(crane|skopeo|regctl|cosign-save)$)/

export function isReadToday(name: string): boolean {
  return READ_TODAY.test(name)
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

/** The case itself and its alternatives, as far as keys and a platform say them; those that need a trusted root or identity are left to later. */
export function judgementsOf(test: Case): Judgement[] {
  const base = { keys: test.keys ?? [], allowedSigners: test.allowedSigners ?? null }
  const own: Judgement = { ...base, label: 'itself', platform: platformOf(test.policy), expect: test.expect, accept: test.accept ?? [test.expect] }
  const others = (test.alternatives ?? []).filter((other) => other.identity === undefined && other.trustedRoot === undefined).map((other, i): Judgement => ({
    keys: other.keys ?? base.keys,
    allowedSigners: other.keys === undefined ? base.allowedSigners : null,
    label: `alternative ${i}${other.why === undefined ? '' : `: ${other.why}`}`,
    platform: platformOf(other.policy),
    expect: other.expect,
    accept: other.accept ?? [other.expect],
  }))
  return [own, ...others]
}

function platformOf(policy: string | object | undefined): string | null {
  return typeof policy === 'string' ? (/^platform=(.+)$/.exec(policy)?.[1] ?? null) : null
}
