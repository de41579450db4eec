import { expect, onTestFinished, test } from 'vitest'
import { loadLayout } from '../../demo/registry/layout.ts'
import { policyFromKeys } from '../../src/policy/from-options.ts'
import { registry } from '../../src/source/registry.ts'
import { collectEvidence, openEvidence } from '../../src/verify/evidence.ts'
import { encodeVerdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { fixtureText, layoutOf, readCase } from '../fixtures.ts'
import { hostileRegistry } from './registry/hostile.ts'
import { otherBytes } from './registry/lies.ts'

// no registry stores this case; the lying one serves its bytes under the digest that they do not have
test('child-bytes_fail: the signed index is allowed, the wrong bytes of its platform are never handed out as read', async () => {
  const name = 'child-bytes_fail'
  const server = await hostileRegistry()
  onTestFinished(() => server.close())
  await loadLayout(server.store, 'demo/app', layoutOf(name), { unchecked: true })
  const { subject, platforms } = readCase(name)
  const wrong = platforms?.[0]?.digest ?? ''
  const bytes = layoutOf(name).get(`blobs/sha256/${wrong.slice(7)}`)
  expect(bytes).toBeDefined()
  server.put(wrong, otherBytes(bytes ?? new Uint8Array()))
  const keys = [fixtureText(name, 'keys/k1.pub'), fixtureText(name, 'keys/k2.pub')]
  const reference = (what: string): string => `${server.host}/demo/app${what}`
  // by its own digest: the bytes are not what was asked for, so nothing was read
  const asked = await verify(reference(`@${wrong}`), { source: registry(), policy: policyFromKeys(keys) })
  expect(asked).toMatchObject({ outcome: 'indeterminate', digest: null, reasons: [{ code: 'digest-mismatch' }] })
  // where everything is read, the wrong answer is met and nothing is allowed; otherwise the signed digest speaks for the platform, whose bytes nobody asked for
  const whole = await verify(reference(`@${subject}`), { source: registry(), policy: policyFromKeys(keys), all: true })
  expect(whole).toMatchObject({ outcome: 'indeterminate', digest: subject })
  expect(whole.reasons.map(({ code }) => code)).toContain('digest-mismatch')
  const needed = await verify(reference(`@${subject}`), { source: registry(), policy: policyFromKeys(keys) })
  expect(needed).toMatchObject({ outcome: 'allow', digest: subject })
  const { files } = await collectEvidence(reference(`@${subject}`), { source: registry() })
  const again = await verify(reference(`@${subject}`), { source: await openEvidence(files), policy: policyFromKeys(keys), all: true, at: new Date(whole.at) })
  expect(encodeVerdict(again)).toBe(encodeVerdict(whole))
})
