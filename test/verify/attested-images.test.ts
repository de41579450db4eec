import { describe, expect, it } from 'vitest'
import { parsePolicy, verify, type Verdict } from '../../src/index.ts'
import { memoryFiles } from '../../src/oci/layout.ts'
import { layoutSource } from '../../src/source/layout-source.ts'
import { fixtureText, layoutOf, readCase } from '../fixtures.ts'
import { conforms } from '../schemas.ts'

const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1'
const SPDX = 'https://spdx.dev/Document'

async function judged(name: string, attestations: readonly object[], { all = false, key = 'keys/k1.pub', by = key }: { all?: boolean; key?: string; by?: string } = {}): Promise<Verdict> {
  const test = readCase(name)
  const signers = { a: { keys: [{ key: fixtureText(name, key) }] }, ...(by !== key && { b: { keys: [{ key: fixtureText(name, by) }] } }) }
  const policy = await parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers, require: { signatures: { from: ['a'] }, ...(attestations.length > 0 && { attestations }) } }] }))
  const verdict = await verify(test.reference, { policy, all, source: await layoutSource(memoryFiles(layoutOf(name))), at: new Date('2026-11-24T12:00:00Z') })
  conforms('verdict.v1', verdict)
  return verdict
}

const outcomes = ({ outcome, reasons }: Verdict): string[] => [outcome, ...reasons.flatMap(({ effect, code }) => (effect === 'decides' ? [code] : []))]
const places = ({ places: list }: Verdict, place: string): string[] => list.flatMap((one) => (one.place === place ? [one.state] : []))

describe('images with attestations, as cosign writes them', () => {
  it('.att is read only where the policy demands attestations', async () => {
    const without = await judged('cosign-att-spdx', [])
    expect([outcomes(without), places(without, 'att-tag')]).toEqual([['allow', 'requirements-met'], ['not-needed', 'not-needed', 'not-needed']])
    const demanded = await judged('cosign-att-spdx', [{ predicateType: SPDX }, { predicateType: VULN }])
    expect([outcomes(demanded), places(demanded, 'att-tag')]).toEqual([['allow', 'requirements-met'], expect.arrayContaining(['read', 'not-needed'])])
    expect(demanded.attachments.filter(({ standing }) => standing === 'signed').map(({ type }) => type)).toEqual(expect.arrayContaining([SPDX, VULN]))
  })

  it('what is not there, or not by whom it is demanded, or says something else, is not met', async () => {
    expect(outcomes(await judged('cosign-att-spdx', [{ predicateType: 'https://slsa.dev/provenance/v1' }]))).toEqual(['deny', 'attestation-not-met', 'attestation-not-met'])
    expect(outcomes(await judged('cosign-att-spdx', [{ predicateType: SPDX, from: ['b'] }], { by: 'keys/other.pub' }))).toEqual(['deny', 'attestation-not-met', 'attestation-not-met'])
    expect(outcomes(await judged('cosign-att-spdx', [{ predicateType: SPDX, where: [{ path: '/spdxVersion', in: ['SPDX-9'] }] }]))).toEqual(['deny', 'attestation-not-met', 'attestation-not-met'])
  })

  it('bundles among the referrers count too, and never as signatures', async () => {
    expect(outcomes(await judged('cosign-bundle-attest-only', [{ predicateType: VULN }]))).toEqual(['unsigned', 'no-signature'])
    expect((await judged('cosign-bundle-attest-only', [{ predicateType: VULN }])).reasons.map(({ code }) => code)).not.toContain('attestation-not-met')
  })
})

describe('BuildKit\'s attestations', () => {
  it.each(['buildkit-attest', 'buildkit-attest-oldstyle', 'buildkit-attest-referrers'])('%s: each statement is listed by its type, as a claim about its platform', async (name) => {
    const all = await judged(name, [], { all: true, key: '../cosign-att-spdx/keys/k1.pub' })
    const platforms = readCase(name).platforms?.map(({ digest }) => digest) ?? []
    const listed = all.attachments.filter(({ type }) => type.startsWith('https://'))
    expect(new Set(listed.map(({ subject }) => subject))).toEqual(new Set(platforms))
    expect(new Set(listed.map(({ standing }) => standing))).toEqual(new Set(['claimed']))
    expect(listed.map(({ type }) => type)).toContain('https://slsa.dev/provenance/v1')
    expect(all.outcome).toBe('unsigned')
  })

  it.each(['docker-attest-index', 'docker-attest-referrers'])('%s: what docker/attest signed is attested, by whom it is demanded', async (name) => {
    const demanded = await judged(name, [{ predicateType: 'https://slsa.dev/provenance/v1' }, { predicateType: SPDX }])
    expect(outcomes(demanded)).toEqual(['allow', 'requirements-met'])
    const signed = demanded.attachments.filter(({ standing, by }) => standing === 'signed' && by === 'statement')
    expect(signed.map(({ type, subject }) => `${type} ${subject ?? ''}`).sort()).toEqual([SPDX, 'https://slsa.dev/provenance/v1'].flatMap((type) => readCase(name).platforms?.map(({ digest }) => `${type} ${digest}`) ?? []).sort())
    expect(outcomes(await judged(name, [{ predicateType: SPDX, from: ['b'] }], { by: 'keys/other.pub' }))).toEqual(['deny', 'attestation-not-met', 'attestation-not-met'])
    expect(outcomes(await judged(name, [{ predicateType: VULN }]))).toEqual(['deny', 'attestation-not-met', 'attestation-not-met'])
  })

  it('an unsigned statement meets no demand', async () => {
    const verdict = await judged('buildkit-cosign', [{ predicateType: 'https://slsa.dev/provenance/v1' }])
    expect(outcomes(verdict)).toEqual(['deny', 'attestation-not-met', 'attestation-not-met'])
  })

  it('a signature of the attestation manifest is found, and signs no image', async () => {
    const verdict = await judged('buildkit-attestation-signed', [], { all: true })
    const { attestationManifest } = readCase('buildkit-attestation-signed') as unknown as { attestationManifest: string }
    expect(verdict.subjects.find(({ digest }) => digest === attestationManifest)?.signatures).toMatchObject([{ state: 'accepted', place: 'referrers', signer: 'a' }])
    expect(verdict.outcome).toBe('unsigned')
  })
})
