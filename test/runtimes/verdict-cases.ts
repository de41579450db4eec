import { base64Encode } from '../../src/base/bytes.ts'
import { writeTar } from '../../src/oci/tar.ts'
import { caseNames, judgementsOf, layoutOf, readCase } from '../fixtures.ts'
import type { VerdictCase } from './verdict-run.ts'

/** Every fixture and every alternative of it. */
export function verdictCases(): VerdictCase[] {
  return caseNames().flatMap((name) => {
    const test = readCase(name)
    const tar = base64Encode(writeTar(layoutOf(name)))
    return judgementsOf(test).map(({ label, asked }): VerdictCase => ({ name: `${name}, ${label}`, reference: test.reference, tar, asked }))
  })
}
