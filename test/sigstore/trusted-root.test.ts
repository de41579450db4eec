import { describe, expect, test } from 'vitest'
import { loadTrustedRoot } from '../../src/sigstore/trusted-root.ts'
import { PUBLIC_GOOD_ROOT } from '../../src/sigstore/public-good-root.ts'
import { logOf } from '../../src/sigstore/trust.ts'
import { hexEncode } from '../../src/base/bytes.ts'
import { makeCtLog } from './kit/ct-log.ts'
import { deploy, trustOf } from './kit/deployment.ts'
import type { Json, JsonFields } from './kit/json.ts'
import { iso, NOW } from './kit/window.ts'

const on = deploy('trusted root')
const ROOT = trustOf(on)

/** A copy with a field of the first of a list changed. */
function first(list: string, change: (item: JsonFields) => JsonFields): JsonFields {
  const [item, ...others] = structuredClone(ROOT[list]) as JsonFields[]
  return { ...ROOT, [list]: [change(item ?? {}), ...others] }
}

const key = (more: JsonFields) => (log: JsonFields): JsonFields => ({ ...log, publicKey: { ...(log['publicKey'] as JsonFields), ...more } })

describe('a trusted root', () => {
  test('the public-good one', async () => {
    const { logs, ctLogs, certificateAuthorities, timestampAuthorities } = await loadTrustedRoot(PUBLIC_GOOD_ROOT)
    expect(logs.map(({ baseUrl, algorithm }) => [baseUrl, algorithm])).toEqual([['https://rekor.sigstore.dev', 'ecdsa-p256-sha256'], ['https://log2025-1.rekor.sigstore.dev', 'ed25519']])
    expect([ctLogs.length, certificateAuthorities.length, timestampAuthorities.length]).toEqual([2, 2, 1])
    expect(certificateAuthorities[0]?.validFor.end).toBeCloseTo(Date.parse('2022-12-31T23:59:59.999Z') / 1000, 3)
  })

  test('of version 0.1 and 0.2, as text and as bytes, one digest however it is written', async () => {
    const text = JSON.stringify(ROOT)
    const { digest } = await loadTrustedRoot(text)
    expect((await loadTrustedRoot(new TextEncoder().encode(JSON.stringify(ROOT, null, 2)))).digest).toBe(digest)
    const newer = await loadTrustedRoot(JSON.stringify(trustOf(on, { version: '0.2' })))
    expect(newer.digest).not.toBe(digest)
    expect(newer.logs).toHaveLength(2)
  })

  test('a log is found by the id that entries have', async () => {
    const { logs } = await loadTrustedRoot(JSON.stringify(ROOT))
    expect(logOf(logs, hexEncode(on.rekorV2.logId))?.origins).toEqual([on.rekorV2.host])
    expect(logOf(logs, '00')).toBeNull()
  })

  test('RSA keys of CT logs', async () => {
    const { ctLogs } = await loadTrustedRoot(JSON.stringify(trustOf(on, { ctLogs: [makeCtLog(on.random, 'RSA-2048')] })))
    expect(ctLogs.map(({ algorithm }) => algorithm)).toEqual(['rsa-pkcs1-sha256'])
  })

  test('keys and hashes of a kind that is not read are not trusted, and no error', async () => {
    expect((await loadTrustedRoot(JSON.stringify(first('tlogs', key({ keyDetails: 'ML_DSA_65' }))))).logs).toHaveLength(1)
    expect((await loadTrustedRoot(JSON.stringify(first('tlogs', (log) => ({ ...log, hashAlgorithm: 'SHA2_512' }))))).logs).toHaveLength(1)
  })

  test('an open window', async () => {
    for (const [validFor, read] of [[null, { start: null, end: null }], [{ start: iso(NOW) }, { start: NOW, end: null }]] as const) {
      expect((await loadTrustedRoot(JSON.stringify(first('tlogs', key({ validFor }))))).logs[0]?.validFor).toEqual(read)
    }
  })
})

const WRONG: readonly (readonly [string, JsonFields | string])[] = [
  ['no JSON', '{'],
  ['a list', '[]'],
  ['another media type', { ...ROOT, mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.3' }],
  ['no media type', { ...ROOT, mediaType: null }],
  ['a log twice', { ...ROOT, tlogs: [...(ROOT['tlogs'] as Json[]), (ROOT['tlogs'] as Json[])[0] ?? null] }],
  ['a log without an id', first('tlogs', (log) => ({ ...log, logId: null }))],
  ['a log without a key', first('tlogs', (log) => ({ ...log, publicKey: null }))],
  ['a key in broken base64', first('tlogs', key({ rawBytes: 'AAA' }))],
  ['a key that is none', first('tlogs', key({ rawBytes: 'AAAA' }))],
  ['a key of another kind than it says', first('tlogs', key({ keyDetails: 'PKIX_ECDSA_P384_SHA_384' }))],
  ['a time that does not exist', first('tlogs', key({ validFor: { start: '2026-02-30T00:00:00Z' } }))],
  ['a time in another zone', first('tlogs', key({ validFor: { start: '2026-02-03T00:00:00+01:00' } }))],
  ['a window without a start', first('certificateAuthorities', (authority) => ({ ...authority, validFor: { end: iso(NOW) } }))],
  ['an authority without certificates', first('certificateAuthorities', (authority) => ({ ...authority, certChain: { certificates: [] } }))],
  ['an authority with a broken certificate', first('timestampAuthorities', (authority) => ({ ...authority, certChain: { certificates: [{ rawBytes: 'MAA=' }] } }))],
  ['a name in its other spelling', first('tlogs', (log) => ({ ...log, base_url: 'https://other.test' }))],
  ['a name in another case', { ...ROOT, Tlogs: [] }],
  ['a number that has no canonical form, wherever it stands', JSON.stringify(ROOT).replace(/\}$/, ',"more":[{"deep":1e999}]}')],
  ['a fraction twice', first('tlogs', key({ validFor: { start: '2026-02-03T00:00:00.5.5Z' } }))],
]

describe('T36: a trusted root that is broken trusts nobody', () => {
  test.each(WRONG)('%s', async (_, root) => {
    await expect(loadTrustedRoot(typeof root === 'string' ? root : JSON.stringify(root))).rejects.toMatchObject({ code: 'bad-trust-root' })
  })
})
