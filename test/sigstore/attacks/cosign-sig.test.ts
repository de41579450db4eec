import { describe, expect, test } from 'vitest'
import { SealdexError } from '../../../src/base/errors.ts'
import { readCosignMaterial } from '../../../src/sigstore/cosign-material.ts'
import { loadTrustedRoot } from '../../../src/sigstore/trusted-root.ts'
import { verifyMaterial } from '../../../src/sigstore/verify-material.ts'
import { digestOf, makeCosignSignature, type CosignChoices, type CosignSignature } from '../kit/cosign-sig.ts'
import { deploy, trustOf } from '../kit/deployment.ts'
import { IDENTITY, ISSUER } from '../kit/fulcio.ts'
import { ARTIFACT, OTHER_ARTIFACT } from '../kit/valid.ts'
import { DAY, MINUTE, NOW } from '../kit/window.ts'

const on = deploy('cosign')
const trust = await loadTrustedRoot(JSON.stringify(trustOf(on)))
const KEYS = { certificate: 'dev.sigstore.cosign/certificate', chain: 'dev.sigstore.cosign/chain', bundle: 'dev.sigstore.cosign/bundle', timestamp: 'dev.sigstore.cosign/rfc3161timestamp' } as const

function sig(choices: Partial<CosignChoices> = {}): CosignSignature {
  return makeCosignSignature(on, { digest: digestOf(ARTIFACT), ...choices })
}

/** Null where it is accepted, else the code; a `.sig` is read with all else that an image carries, so what is broken is passed over. */
async function codeOf({ payload, annotations }: CosignSignature, thresholds = {}): Promise<string | null> {
  const at = (name: string): string | null => annotations[name] ?? null
  try {
    const signature = Uint8Array.from(Buffer.from(at('dev.cosignproject.cosign/signature') ?? '', 'base64'))
    const material = readCosignMaterial(signature, { certificate: at(KEYS.certificate), chain: at(KEYS.chain), bundle: at(KEYS.bundle), timestamp: at(KEYS.timestamp) })
    await verifyMaterial(material, payload, trust, { at: NOW + DAY, identities: [{ identity: IDENTITY, issuer: ISSUER }], thresholds })
    return null
  } catch (error) {
    if (error instanceof SealdexError) return error.code
    throw error
  }
}

function swapped(mine: CosignSignature, other: CosignSignature, ...names: readonly (keyof typeof KEYS)[]): CosignSignature {
  return { ...mine, annotations: { ...mine.annotations, ...Object.fromEntries(names.map((name) => [KEYS[name], other.annotations[KEYS[name]] ?? ''])) } }
}

function withPayload(mine: CosignSignature, change: Readonly<Record<string, unknown>>): CosignSignature {
  const bundle = JSON.parse(mine.annotations[KEYS.bundle] ?? '') as { Payload: object }
  return { ...mine, annotations: { ...mine.annotations, [KEYS.bundle]: JSON.stringify({ ...bundle, Payload: { ...bundle.Payload, ...change } }) } }
}

describe('cosign’s .sig without a key', () => {
  test('is accepted with a log, with a timestamp too, and with a timestamp alone where that suffices', async () => {
    expect(await codeOf(sig())).toBeNull()
    expect(await codeOf(sig({ timestamp: true }))).toBeNull()
    expect(await codeOf(sig({ log: false, timestamp: true }), { logs: 0 })).toBeNull()
  })

  test('needs a log, and a time', async () => {
    expect(await codeOf(sig({ log: false, timestamp: true }))).toBe('no-log-entry')
    expect(await codeOf(sig({ log: false }), { logs: 0 })).toBe('no-trusted-time')
  })

  test('T27: the entry, certificate or timestamp of another', async () => {
    const [mine, other] = [sig({ timestamp: true }), sig({ digest: digestOf(OTHER_ARTIFACT), timestamp: true })]
    expect(await codeOf(swapped(mine, other, 'bundle'))).toBe('log-entry-mismatch')
    expect(await codeOf(swapped(mine, other, 'certificate'))).toBe('signature-invalid')
    expect(await codeOf(swapped(mine, other, 'certificate', 'bundle'))).toBe('signature-invalid')
    expect(await codeOf({ ...mine, payload: other.payload })).toBe('signature-invalid')
    // the log says when; a timestamp of other bytes says nothing beside it, and alone it is not enough
    expect(await codeOf(swapped(mine, other, 'timestamp'))).toBeNull()
    expect(await codeOf(swapped(sig({ log: false, timestamp: true }), other, 'timestamp'), { logs: 0 })).toBe('bad-timestamp')
  })

  test.each([['logIndex', 0], ['logIndex', -1], ['integratedTime', NOW + 1], ['integratedTime', 0], ['logID', '00'.repeat(32)]])('T31, T35: %s of the promise changed to %j', async (name, value) => {
    expect(await codeOf(withPayload(sig(), { [name]: value }))).not.toBeNull()
  })

  test('T30: the log took it after the certificate ended', async () => {
    expect(await codeOf(sig({ integratedTime: NOW + 11 * MINUTE }))).toBe('certificate-expired')
    expect(await codeOf(sig({ timestamp: { time: NOW + 11 * MINUTE } }))).toBe('certificate-expired')
  })

  test('T36: no CT log, or one of another', async () => {
    expect(await codeOf(sig({ sct: false }))).toBe('no-sct')
    expect(await codeOf(sig({ leaf: { ctLogs: [deploy('other').ctLog] } }))).toBe('no-sct')
  })
})
