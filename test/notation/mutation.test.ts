import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IMAGE, makeCose, makeJws, makeParty } from './kit.ts'
import { judge, stateOf } from './judge.ts'

const party = makeParty('one')

describe.each([['jws', makeJws(party)], ['cose', makeCose(party)]] as const)('a %s with some of its bytes changed', (container, bytes) => {
  it('never throws, and where it is accepted the same is signed by the same', async () => {
    expect(await stateOf(party, bytes, { container })).toBe('accepted')
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }))
    await fc.assert(fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), fc.nat({ max: 3 }), async (changes, cut) => {
      const changed = bytes.slice(0, bytes.length - (cut === 3 ? changes[0]?.[0] ?? 0 : 0))
      for (const [at, value] of changes) if (at < changed.length) changed[at] = value
      const { state, signed, proof } = await judge(party, changed, { container })
      if (state !== 'accepted') return
      expect(signed).toMatchObject(IMAGE)
      expect(proof?.identity).toBe('CN=one,O=Vendor,ST=BE,C=DE')
    }), { numRuns: 400 })
  })
})
