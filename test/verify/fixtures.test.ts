import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../src/oci/layout.ts'
import { policyFromOptions } from '../../src/policy/from-options.ts'
import { layoutSource } from '../../src/source/layout-source.ts'
import { verify } from '../../src/verify/verify.ts'
import { conforms } from '../schemas.ts'
import { caseNames, fixtureText, isReadToday, judgementsOf, layoutOf, readCase } from '../fixtures.ts'

const STRANGER = fixtureText('annotated-hash', 'keys/other.pub')

describe('images signed by real tools, from their layouts', () => {
  for (const name of caseNames()) {
    const test = readCase(name)
    for (const judgement of judgementsOf(test)) {
      it(`${name}, ${judgement.label}`, async () => {
        const keys = judgement.keys.map((file) => fixtureText(name, file))
        const allowedSigners = judgement.allowedSigners === null ? undefined : fixtureText(name, judgement.allowedSigners)
        const verdict = await verify(test.reference, {
          source: await layoutSource(memoryFiles(layoutOf(name))),
          policy: policyFromOptions({ keys: keys.length > 0 || allowedSigners !== undefined ? keys : [STRANGER], ...(allowedSigners === undefined ? {} : { allowedSigners }) }),
          at: new Date(test.at ?? '2026-11-24T12:00:00Z'),
          ...(judgement.platform === null ? {} : { platform: judgement.platform }),
        })
        conforms('verdict.v1', verdict)
        if (isReadToday(name)) expect(judgement.accept, JSON.stringify(verdict.reasons)).toContain(verdict.outcome)
        else if (!judgement.accept.includes('allow')) expect(verdict.outcome, 'a wrong allow').not.toBe('allow')
        if (isReadToday(name) && verdict.digest !== null) expect(verdict.digest).toBe(test.subject)
      })
    }
  }
})
