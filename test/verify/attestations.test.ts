import { describe, expect, it } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseJson } from '../../src/base/json.ts'
import type { CheckedStatement } from '../../src/verify/checker.ts'
import type { SignedFacts } from '../../src/verify/facts.ts'
import { judge } from '../../src/verify/judge.ts'
import { AT, d, factsOf, graphOf, policyOf, signed, type FactsOptions } from './model.ts'

const PROVENANCE = 'https://slsa.dev/provenance/v1'
const VSA = 'https://slsa.dev/verification_summary/v1'

interface Said {
  readonly type?: string
  readonly by?: string | null
  readonly predicate?: object
  readonly facts?: Partial<SignedFacts>
  readonly state?: CheckedStatement['state']
  readonly code?: CheckedStatement['code']
}

/** `says(['amd64'])`: a statement that is accepted, by `a` unless said otherwise. */
function says(about: readonly string[], { type = PROVENANCE, by = 'a', predicate = {}, facts = {}, state = 'accepted', code = null }: Said = {}): CheckedStatement {
  const { found, signed: base, ...checked } = signed(by ?? 'a', about[0] ?? 'x', { facts })
  const accepted = state === 'accepted' && base !== null
  return {
    ...checked, state, code, signer: by, signed: base, predicateType: type,
    found: { ...found, kind: 'envelope', container: 'bundle', blob: { digest: d('blob') } as never, bytes: null, material: { certificates: [], chains: [], logBundles: [], timestamps: [] }, carrier: d('carrier') },
    about: accepted ? new Map(about.map((name) => [d(name), { ...base, digest: d(name) }])) : new Map(),
    predicate: parseJson(utf8Encode(JSON.stringify(predicate))),
  }
}

async function decide(statements: readonly CheckedStatement[], demand: object = {}, options: FactsOptions = {}, require: object = {}): Promise<string[]> {
  const facts = { ...factsOf({ checked: [signed('a', 'root')], ...options }), statements }
  const { outcome, reasons } = judge(facts, await policyOf({ signatures: { from: ['a'] }, attestations: [{ predicateType: PROVENANCE, from: ['a'], ...demand }], ...require }))
  return [outcome, ...reasons.filter(({ effect }) => effect === 'decides').map(({ code, message }) => (code === 'attestation-not-met' ? message.replace(/^(sha256:\S{8})\S* lacks the attestation \S+: /, '') : code))]
}

const NONE = 'none by "a" names it or an index that lists it.'

describe('require.attestations', () => {
  it('is met for each judged leaf by a statement about itself or about an index that lists it', async () => {
    expect(await decide([says(['amd64']), says(['arm64'])])).toEqual(['allow', 'requirements-met'])
    expect(await decide([says(['amd64', 'arm64'])])).toEqual(['allow', 'requirements-met'])
    expect(await decide([says(['root'])])).toEqual(['allow', 'requirements-met'])
    expect(await decide([says(['amd64'])])).toEqual(['deny', NONE])
    expect(await decide([])).toEqual(['deny', NONE, NONE])
    expect(await decide([says(['amd64'])], {}, { platform: 'linux/amd64' })).toEqual(['allow', 'requirements-met'])
    const graph = graphOf(['inner nested'], { inner: ['amd64 linux/amd64', 'arm64 linux/arm64'] })
    expect(await decide([says(['inner'])], {}, { graph })).toEqual(['allow', 'requirements-met'])
  })

  it('never counts as a signature, nor a signature as one', async () => {
    expect(await decide([says(['root'])], {}, { checked: [] })).toEqual(['unsigned', 'no-signature'])
    expect(await decide([])).toEqual(['deny', NONE, NONE])
  })

  it('is met by its type and its signers alone', async () => {
    expect(await decide([says(['root'], { type: 'https://slsa.dev/provenance/v0.2' })])).toEqual(['deny', NONE, NONE])
    expect((await decide([says(['root'], { by: 'b' })]))[1]).toBe('the one that is there is by a signer of whom the policy does not want it.')
    expect(await decide([says(['root'], { by: 'b' })], { from: ['a', 'b'] })).toEqual(['allow', 'requirements-met'])
    for (const state of ['untrusted', 'invalid', 'mismatch', 'expired', 'unsupported'] as const) expect(await decide([says(['root'], { state })]), state).toEqual(['deny', NONE, NONE])
  })

  it('holds what the signed subject says of itself: expiry, and the platform where it is listed', async () => {
    expect((await decide([says(['root'], { facts: { expiresAt: AT - 1 } })]))[1]).toBe('it is past the expiry that its signer wrote into it.')
    expect(await decide([says(['root'], { facts: { expiresAt: AT } })])).toEqual(['allow', 'requirements-met'])
    expect((await decide([says(['amd64', 'arm64'], { facts: { platform: 'linux/amd64' } })]))[1]).toBe('it is about another platform than the index says.')
  })

  it('each of several is demanded', async () => {
    const attestations = [{ predicateType: PROVENANCE, from: ['a'] }, { predicateType: 'https://spdx.dev/Document', from: ['a'] }]
    expect(await decide([says(['root'])], {}, {}, { attestations })).toEqual(['deny', NONE, NONE])
    expect(await decide([says(['root']), says(['root'], { type: 'https://spdx.dev/Document' })], {}, {}, { attestations })).toEqual(['allow', 'requirements-met'])
  })

  it('is demanded for an index that was not read, whose leaves nobody knows', async () => {
    const whole = graphOf(['amd64 linux/amd64', 'inner nested'], { inner: ['arm64 linux/arm64'] })
    const inner = [...whole.nodes.values()].find(({ role }) => role === 'nested')
    if (inner !== undefined) inner.document = null
    const graph = { ...whole, nodes: new Map([...whole.nodes].filter(([digest]) => digest !== d('arm64'))) }
    expect(await decide([says(['amd64'])], {}, { graph })).toEqual(['deny', NONE])
    expect(await decide([says(['amd64', 'inner'])], {}, { graph })).toEqual(['allow', 'requirements-met'])
  })

  it('is undecided where a place that holds attestations failed, or some were not tried; and only then', async () => {
    const failed = { checked: [signed('a', 'root')], failed: [] }
    const facts = { ...factsOf(failed), places: [{ subject: d('root'), place: 'att-tag' as const, state: 'failed' as const, code: 'registry-error' as const, signatures: [], statements: [], attachments: [] }] }
    const policy = await policyOf({ attestations: [{ predicateType: PROVENANCE, from: ['a'] }] })
    expect(judge(facts, policy)).toMatchObject({ outcome: 'indeterminate', reasons: [{ code: 'place-failed' }, { code: 'attestation-not-met' }, {}, {}] })
    expect(judge({ ...facts, statements: [says(['root'])] }, policy).outcome).toBe('allow')
    expect((await decide([says(['root'], { state: 'not-checked', code: 'too-many-signatures' })]))).toEqual(['indeterminate', 'too-many-signatures'])
  })
})

describe('where', () => {
  const met = async (predicate: object, path: string, ...allowed: unknown[]): Promise<boolean> => (await decide([says(['root'], { predicate })], { where: [{ path, in: allowed }] }))[0] === 'allow'

  it('finds scalars by JSON Pointer', async () => {
    const predicate = { a: { b: ['x', { 'c/d~e': 'y' }], n: 3, t: true, '': 'empty' } }
    expect(await met(predicate, '/a/b/0', 'x')).toBe(true)
    expect(await met(predicate, '/a/b/1/c~1d~0e', 'z', 'y')).toBe(true)
    expect(await met(predicate, '/a/n', 3)).toBe(true)
    expect(await met(predicate, '/a/t', true)).toBe(true)
    expect(await met(predicate, '/a/', 'empty')).toBe(true)
  })

  it('missing, another type, or no scalar is not met', async () => {
    const predicate = { a: { b: ['x'], n: 3, s: '3', z: null, f: 1.5 }, __proto__x: 1 }
    for (const [path, ...allowed] of [['/a', 'x'], ['/a/b', 'x'], ['/a/b/1', 'x'], ['/a/b/00', 'x'], ['/a/b/-', 'x'], ['/a/n', '3'], ['/a/s', 3], ['/a/z', 'null'], ['/a/f', 1], ['/a/t', false], ['/constructor/name', 'Object'], ['/a/b/length', 1], ['/a/s/length', 1]] as const) {
      expect(await met(predicate, path, ...allowed), path).toBe(false)
    }
  })

  it('all conditions are met by one statement', async () => {
    const where = [{ path: '/x', in: [1] }, { path: '/y', in: [1] }]
    expect((await decide([says(['root'], { predicate: { x: 1 } }), says(['root'], { predicate: { y: 1 } })], { where }))[1]).toBe('at /y of its predicate stands nothing that the policy allows.')
    expect(await decide([says(['root'], { predicate: { x: 1, y: 1 } })], { where })).toEqual(['allow', 'requirements-met'])
  })
})

describe('a verification summary', () => {
  const verdict = async (predicate: object, require: object = {}): Promise<string | undefined> => (await decide([says(['root'], { type: VSA, predicate })], { predicateType: VSA }, {}, require))[1]
  const passed = { verificationResult: 'PASSED', resourceUri: 'registry.example/app' }

  it('counts with PASSED and a resource that fits', async () => {
    for (const resourceUri of ['registry.example/app', 'https://registry.example/app', 'oci://Registry.Example:443/app', 'docker://registry.example/app:1', `registry.example/app@${d('root')}`, `oci://registry.example/app:1@${d('root')}`]) {
      expect(await verdict({ ...passed, resourceUri }), resourceUri).toBe('requirements-met')
    }
    expect(await verdict({ ...passed, resourceUri: 'other.example/app' }, { attestations: [{ predicateType: VSA }], repository: ['other.example/app', 'registry.example/app'] })).toBe('requirements-met')
  })

  it('does not count otherwise', async () => {
    for (const verificationResult of ['FAILED', 'passed', true, null, ['PASSED']]) expect(await verdict({ ...passed, verificationResult })).toBe('its verificationResult is not PASSED.')
    expect(await verdict({ resourceUri: passed.resourceUri })).toBe('its verificationResult is not PASSED.')
    for (const resourceUri of ['other.example/app', 'registry.example/app2', 'registry.example/app:2', `registry.example/app@${d('elsewhere')}`, 'https://https://registry.example/app', 'pkg:oci/app', '', null, 3]) {
      expect(await verdict({ ...passed, resourceUri }), String(resourceUri)).toBe('its resourceUri does not name the repository, tag and digest that are asked about.')
    }
    expect(await verdict([])).toBe('its predicate is no object.')
  })
})
