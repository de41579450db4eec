import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../src/oci/layout.ts'
import { layoutSource } from '../../src/source/layout-source.ts'
import { verify } from '../../src/verify/verify.ts'
import { conforms } from '../schemas.ts'
import { caseNames, judgementsOf, layoutOf, readCase } from '../fixtures.ts'
import { optionsOf } from '../judging.ts'

describe('images signed by real tools, from their layouts', () => {
  for (const name of caseNames()) {
    const test = readCase(name)
    for (const judgement of judgementsOf(test)) {
      it(`${name}, ${judgement.label}`, async () => {
        const verdict = await verify(test.reference, { ...optionsOf(judgement.asked), source: await layoutSource(memoryFiles(layoutOf(name))) })
        conforms('verdict.v1', verdict)
        expect(judgement.accept, JSON.stringify(verdict.reasons)).toContain(verdict.outcome)
        if (verdict.digest !== null) expect(verdict.digest).toBe(test.subject)
      })
    }
  }
})
