import { describe, expect, test } from 'vitest'
import { validCases } from '../kit/valid.ts'
import { verdictOn } from '../kit/verdict.ts'

const CASES = validCases('valid')

describe('a valid bundle of every kind is accepted', () => {
  test.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, { artifact, made, donor, trust, identity, key, thresholds }) => {
    const verdict = await verdictOn({ bundle: made.json, artifact, trust, key, thresholds })
    expect(verdict).toMatchObject({ code: null })
    if (identity !== null) expect([...verdict.says]).toEqual(expect.arrayContaining([expect.stringContaining(` ${identity}`), expect.stringMatching(/^issuer https:/)]))
    // and the other one of the same services is about something else
    expect((await verdictOn({ bundle: donor.json, artifact, trust, key, thresholds })).code).not.toBeNull()
  })

  test('there are many', () => {
    expect(CASES.length).toBeGreaterThan(40)
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
  })
})
