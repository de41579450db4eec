import { base64Encode } from '../../src/base/bytes.ts'
import { writeTar } from '../../src/oci/tar.ts'
import { caseNames, fixtureText, judgementsOf, layoutOf, readCase } from '../fixtures.ts'
import type { VerdictCase } from './verdict-run.ts'

/** Every fixture and every alternative of it that keys and a platform can say. */
export function verdictCases(): VerdictCase[] {
  const stranger = fixtureText('annotated-hash', 'keys/other.pub')
  return caseNames().flatMap((name) => {
    const test = readCase(name)
    const tar = base64Encode(writeTar(layoutOf(name)))
    return judgementsOf(test).map(({ label, keys, allowedSigners, platform }): VerdictCase => ({
      name: `${name}, ${label}`,
      reference: test.reference,
      tar,
      keys: keys.length === 0 && allowedSigners === null ? [stranger] : keys.map((file) => fixtureText(name, file)),
      allowedSigners: allowedSigners === null ? null : fixtureText(name, allowedSigners),
      platform,
      at: test.at ?? '2026-11-24T12:00:00Z',
    }))
  })
}
