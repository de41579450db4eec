import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../src/oci/layout.ts'
import { policyFromKeys } from '../../src/policy/from-options.ts'
import { layoutSource } from '../../src/source/layout-source.ts'
import { judge } from '../../src/verify/judge.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { fixtureText, layoutOf, readCase } from '../fixtures.ts'
import { d, factsOf, policyOf, signed } from './model.ts'

/** The case's verdict with one blob, found by what its text holds, changed by a byte. */
async function withWrongBytes(name: string, holding: string): Promise<Verdict> {
  const files = layoutOf(name)
  const [path, bytes] = [...files].find(([file, content]) => file.startsWith('blobs/') && new TextDecoder().decode(content).includes(holding)) ?? []
  if (path === undefined || bytes === undefined) throw new Error(`nothing in ${name} holds ${holding}`)
  files.set(path, bytes.with(bytes.length - 1, 0x20))
  return verify(readCase(name).reference, { source: await layoutSource(memoryFiles(files)), policy: policyFromKeys([fixtureText(name, 'keys/k1.pub')]), all: true })
}

const states = (verdict: Verdict): string[] => verdict.subjects.flatMap((subject) => subject.signatures).map(({ state, code }) => `${state} ${code ?? ''}`.trim())

describe('R1: in a layout, what is filed under a wrong digest is an invalid entry that decides nothing', () => {
  it('a referrer', async () => {
    const verdict = await withWrongBytes('f-digest-tag', '"subject"')
    expect(verdict.outcome).toBe('allow')
    expect(states(verdict)).toContain('invalid digest-mismatch')
    expect(verdict.places.filter(({ state }) => state === 'failed')).toEqual([])
  })

  it('the payload of a .sig', async () => {
    const verdict = await withWrongBytes('cosign-sig-index', '"docker-manifest-digest"')
    expect(verdict.outcome).toBe('deny')
    expect(states(verdict)).toEqual(['invalid digest-mismatch', 'invalid digest-mismatch'])
  })

  it('the .sig manifest itself', async () => {
    const verdict = await withWrongBytes('cosign-sig-index', 'simplesigning')
    expect(verdict.outcome).toBe('deny')
    expect(states(verdict)).toEqual(['invalid digest-mismatch'])
  })
})

describe('R9: what is needed, and what is only told', () => {
  it('a failed .att decides nothing: an attestation is no signature', async () => {
    const facts = factsOf({})
    const places = [{ subject: d('root'), place: 'att-tag' as const, state: 'failed' as const, code: 'registry-error' as const, signatures: [], statements: [], attachments: [] }]
    expect(judge({ ...facts, places }, await policyOf()).outcome).toBe('unsigned')
  })

  it('signatures that were left are told even on allow', async () => {
    const { outcome, reasons } = judge(factsOf({ checked: [signed('a', 'root')], left: new Map([[d('root'), 3]]) }), await policyOf())
    expect(outcome).toBe('allow')
    expect(reasons).toContainEqual(expect.objectContaining({ code: 'too-many-signatures', effect: 'warns' }))
  })
})
