import { describe, test } from 'vitest'
import { utf8Encode } from '../../../src/base/bytes.ts'
import { makeBundle, type BundleChoices } from '../kit/bundle.ts'
import { makeCtLog } from '../kit/ct-log.ts'
import { deploy, type Deployment } from '../kit/deployment.ts'
import { makeAuthority } from '../kit/fulcio.ts'
import type { JsonFields } from '../kit/json.ts'
import { makeRekorV1 } from '../kit/rekor-v1.ts'
import { makeRekorV2 } from '../kit/rekor-v2.ts'
import { COSIGN_SIGN, type StatementChoices } from '../kit/statement.ts'
import { makeTsa } from '../kit/tsa.ts'
import { ARTIFACT, OTHER_ARTIFACT } from '../kit/valid.ts'
import { DAY, MINUTE, NOW, YEAR } from '../kit/window.ts'
import { accepted, refused } from './support.ts'

function bundle(on: Deployment, choices: Omit<BundleChoices, 'artifact'>): JsonFields {
  return makeBundle(on, { artifact: ARTIFACT, ...choices }).json
}

const V1 = { logs: ['v1'] } as const
const V2 = { logs: ['v2'], timestamps: [true] } as const

describe('T28: what the envelope says of itself', () => {
  const on = deploy('T28')
  const WRONG: readonly (readonly [string, StatementChoices])[] = [
    ['another payload type', { payloadType: 'application/json' }],
    ['no payload type', { payloadType: '' }],
    ['a payload that is no JSON', { payload: utf8Encode('{"_type":"https://in-toto.io/Statement/v1",') }],
    ['a payload that is no statement', { payload: utf8Encode('{"critical":{}}') }],
    ['another type of statement', { type: 'https://in-toto.io/Statement/v9' }],
    ['no subject', { subject: [] }],
    ['a subject that is no list', { subject: {} }],
    ['another subject', { subject: [{ name: 'x', digest: { sha256: '00'.repeat(32) } }] }],
    ['the digest under another algorithm', { subject: [{ digest: { sha512: '00'.repeat(64) } }] }],
    ['1,025 subjects', { subject: Array.from({ length: 1_025 }, () => ({ digest: { sha256: '00'.repeat(32) } })) }],
  ]
  test.each(WRONG)('%s', async (_, statement) => {
    await refused(on, bundle(on, { ...V2, content: 'dsse', statement }))
    await refused(on, bundle(on, { ...V1, content: 'dsse', statement }))
  })

  test('a statement about another artifact, signed and logged as it should be', async () => {
    const json = makeBundle(on, { artifact: OTHER_ARTIFACT, ...V2, content: 'dsse', statement: { predicateType: COSIGN_SIGN } }).json
    await accepted(on, json, { artifact: OTHER_ARTIFACT })
    await refused(on, json)
  })

  test('two signatures in one envelope', async () => {
    const json = bundle(on, { ...V2, content: 'dsse' })
    const envelope = json['dsseEnvelope'] as JsonFields
    const [signature = null] = envelope['signatures'] as JsonFields[]
    await refused(on, { ...json, dsseEnvelope: { ...envelope, signatures: [signature, signature] } })
    await refused(on, { ...json, dsseEnvelope: { ...envelope, signatures: [] } })
  })
})

describe('T30: every certificate is valid at the time of signing', () => {
  const plain = deploy('T30')
  const EXPIRED = { notBefore: NOW - YEAR, notAfter: NOW - DAY }
  const FUTURE = { notBefore: NOW + DAY, notAfter: NOW + YEAR }

  test.each([['expired', EXPIRED], ['not yet valid', FUTURE]] as const)('the intermediate is %s', async (_, intermediate) => {
    const on = { ...plain, fulcio: makeAuthority(plain.random, { intermediate }) }
    for (const choices of [V1, V2]) await refused(on, bundle(on, choices), 'certificate-expired')
  })

  test.each([['expired', EXPIRED], ['not yet valid', FUTURE]] as const)('the root is %s', async (_, root) => {
    const on = { ...plain, fulcio: makeAuthority(plain.random, { root }) }
    for (const choices of [V1, V2]) await refused(on, bundle(on, choices), 'certificate-expired')
  })

  test('the leaf ended before the log took it', async () => {
    await refused(plain, bundle(plain, { logs: [{ v1: { integratedTime: NOW + 11 * MINUTE } }] }), 'certificate-expired')
  })

  test('the leaf began after the log took it', async () => {
    await refused(plain, bundle(plain, { logs: [{ v1: { integratedTime: NOW - 2 * MINUTE } }] }), 'certificate-expired')
  })

  test('the leaf ended before the timestamp', async () => {
    await refused(plain, bundle(plain, { logs: ['v2'], timestamps: [{ time: NOW + 11 * MINUTE }] }), 'certificate-expired')
  })

  test('one of two times lies outside', async () => {
    await accepted(plain, bundle(plain, { logs: ['v1'], timestamps: [true] }))
    await refused(plain, bundle(plain, { logs: ['v1'], timestamps: [{ time: NOW + 11 * MINUTE }] }), 'certificate-expired')
    await refused(plain, bundle(plain, { logs: [{ v1: { integratedTime: NOW + 11 * MINUTE } }], timestamps: [true] }), 'certificate-expired')
  })

  test.each([['expired', EXPIRED], ['not yet valid', FUTURE]] as const)('the timestamp authority’s certificate is %s', async (_, leaf) => {
    const on = { ...plain, tsa: makeTsa(plain.random, { leaf }) }
    await refused(on, bundle(on, V2))
  })
})

describe('T33: a key counts inside its window only', () => {
  const plain = deploy('T33')
  const [PAST, AHEAD] = [{ start: NOW - YEAR, end: NOW - DAY }, { start: NOW + DAY }]

  test.each([['ended', PAST], ['has not begun', AHEAD]] as const)('the certificate authority’s %s', async (_, validFor) => {
    const on = { ...plain, fulcio: makeAuthority(plain.random, { validFor }) }
    for (const choices of [V1, V2]) await refused(on, bundle(on, choices))
  })

  test.each([['ended', PAST], ['has not begun', AHEAD]] as const)('the Rekor v1 key’s %s', async (_, validFor) => {
    const on = { ...plain, rekorV1: makeRekorV1(plain.random, { validFor }) }
    await refused(on, bundle(on, V1))
    await refused(on, bundle(on, { version: '0.1', logs: [{ v1: { proof: false } }] }))
  })

  test('the Rekor v1 key ended, and a timestamp says a later time', async () => {
    const on = { ...plain, rekorV1: makeRekorV1(plain.random, { validFor: PAST }) }
    await refused(on, bundle(on, { logs: [{ v1: { promise: false } }], timestamps: [true] }))
  })

  test.each([['ended', PAST], ['has not begun', AHEAD]] as const)('the Rekor v2 key’s %s', async (_, validFor) => {
    const on = { ...plain, rekorV2: makeRekorV2(plain.random, { validFor }) }
    await refused(on, bundle(on, V2))
  })

  test.each([['ended', PAST], ['has not begun', AHEAD]] as const)('the timestamp authority’s %s', async (_, validFor) => {
    const on = { ...plain, tsa: makeTsa(plain.random, { validFor }) }
    await refused(on, bundle(on, V2))
  })

  test.each([['ended', PAST], ['has not begun', AHEAD]] as const)('the CT log’s %s', async (_, validFor) => {
    const on = { ...plain, ctLog: makeCtLog(plain.random, 'P-256', validFor) }
    for (const choices of [V1, V2]) await refused(on, bundle(on, choices))
  })

  test('ends belong to the window', async () => {
    const rekorV1 = makeRekorV1(plain.random, { validFor: { start: NOW, end: NOW } })
    const tsa = makeTsa(plain.random, { validFor: { start: NOW + 1, end: NOW + 1 } })
    const on = { ...plain, rekorV1, tsa }
    await accepted(on, bundle(on, V1))
    await accepted(on, bundle(on, V2))
  })
})
