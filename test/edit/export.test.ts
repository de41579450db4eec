import { describe, expect, test } from 'vitest'
import { loadLayout } from '../../demo/registry/layout.ts'
import { policyFromKeys } from '../../src/policy/from-options.ts'
import { exportSignatures, type ExportOptions, type ExportResult } from '../../src/edit/export.ts'
import { parsePublicKey } from '../../src/crypto/public-key.ts'
import { readDocument } from '../../src/oci/document.ts'
import { verify } from '../../src/verify/verify.ts'
import { fixtureText, layoutOf, readCase } from '../fixtures.ts'
import { instantTiming } from './clock.ts'
import { AT, bench, NAME, REPOSITORY, signer, type Bench } from './fixture.ts'

const REFERENCE = `${REPOSITORY}:v1`

function exported(at: Bench, options: Partial<ExportOptions> = {}): Promise<ExportResult> {
  return exportSignatures(REFERENCE, { source: at.source, to: 'cosign', at: new Date(AT * 1_000), timing: instantTiming(), ...options })
}

interface Layer {
  readonly digest: string
  readonly signature: string
  readonly payload: string
}

function layersAt(at: Bench, digest: string): readonly Layer[] {
  const manifest = at.store.manifest(NAME, `${digest.replace(':', '-')}.sig`)
  const document = manifest === null ? null : readDocument(manifest.bytes, null)
  if (document?.kind !== 'manifest') return []
  const config = at.store.blob(NAME, document.config.digest)
  const { rootfs } = JSON.parse(new TextDecoder().decode(config ?? new Uint8Array())) as { rootfs: { diff_ids: readonly string[] } }
  // cosign's library pairs them
  expect(rootfs.diff_ids).toEqual(document.layers.map((layer) => layer.digest))
  return document.layers.map((layer) => ({ digest: layer.digest, signature: layer.annotations.get('dev.cosignproject.cosign/signature') ?? '', payload: new TextDecoder().decode(at.store.blob(NAME, layer.digest) ?? new Uint8Array()) }))
}

describe('to cosign', () => {
  test.each([['referrers', true], ['digest tags', false]] as const)('detached signatures (%s): the same signatures with their payloads', async (_, referrersApi) => {
    const at = await bench({ referrersApi })
    for (const i of [0, 1]) await at.sign(await signer(i), { annotations: { env: 'prod' } })
    const result = await exported(at)
    expect(result).toMatchObject({ notConverted: [], inPlace: 0, converted: [{ state: 'written' }, { state: 'written' }] })
    const layers = layersAt(at, at.image.index.digest)
    expect(layers).toHaveLength(2)
    for (const { payload } of layers) expect(JSON.parse(payload)).toMatchObject({ critical: { image: { 'docker-manifest-digest': at.image.index.digest } }, optional: { env: 'prod' } })
    // what was moved verifies where it is now
    const policy = await policyFromKeys([await signer(0), await signer(1)].map(({ publicKey }) => pem(publicKey.spki)))
    const { subjects } = await verify(REFERENCE, { source: at.source, policy, all: true, at: new Date(AT * 1_000) })
    expect(subjects[0]?.signatures.map(({ state }) => state)).toEqual(['accepted', 'accepted'])
    const again = await exported(at)
    expect([again.written, layersAt(at, at.image.index.digest)]).toEqual([[], layers])
  })

  test('flat signatures: to the tag of each platform', async () => {
    const at = await bench()
    await at.sign(await signer(), { layout: 'flat' })
    expect((await exported(at)).converted).toHaveLength(at.image.manifests.length)
    for (const { digest } of at.image.manifests) expect(layersAt(at, digest)).toHaveLength(1)
  })

  test('layers that stand there stay, two of one payload above all (12.5)', async () => {
    const at = await bench()
    await at.sign(await signer())
    await exported(at)
    const [own] = layersAt(at, at.image.index.digest)
    const tag = `${at.image.index.digest.replace(':', '-')}.sig`
    const manifest = at.json(tag) as { layers: { annotations: Record<string, string> }[] }
    const twin = { ...manifest.layers[0], annotations: { 'dev.cosignproject.cosign/signature': btoa('another signer of this payload') } }
    await at.put(tag, { ...manifest, layers: [twin] }, 'application/vnd.oci.image.manifest.v1+json')
    await exported(at)
    expect(layersAt(at, at.image.index.digest).map(({ digest, signature }) => [digest, signature])).toEqual([[own?.digest, twin.annotations['dev.cosignproject.cosign/signature']], [own?.digest, own?.signature]])
  })

  test('an annotation without a payload: rebuilt where a key verifies it, else named', async () => {
    const name = 'annotated-hash'
    const at = await bench()
    const { reference, keys = [], subject } = readCase(name)
    await loadLayout(at.store, NAME, layoutOf(name))
    at.store.tag(NAME, 'v1', subject)
    const without = await exported(at)
    expect([without.converted, new Set(without.notConverted.map(({ code }) => code))]).toEqual([[], new Set(['cannot-convert'])])
    expect(without.notConverted[0]?.message).toContain('without --key')
    const key = await parsePublicKey(fixtureText(name, keys[0] ?? ''))
    const result = await exported(at, { keys: [key], signedRepository: reference.slice(0, reference.lastIndexOf(':')) })
    expect(result.converted.length).toBeGreaterThan(0)
    for (const { subject: of } of result.converted) expect(layersAt(at, of)[0]?.payload).toContain(of)
  })

  test('what signs other bytes is named: SSH, notation', async () => {
    for (const name of ['ssh-inline-suffix', 'notation-two-signers']) {
      const at = await bench()
      await loadLayout(at.store, NAME, layoutOf(name))
      at.store.tag(NAME, 'v1', readCase(name).subject)
      const { converted, notConverted } = await exported(at)
      expect([converted, notConverted.length > 0, notConverted.every(({ code }) => code === 'cannot-convert')], name).toEqual([[], true, true])
    }
  })

  test('a signature beside one thing about another is not moved', async () => {
    const at = await bench()
    await at.sign(await signer(), { layout: 'flat' })
    const index = at.json('v1') as { manifests: { annotations?: object }[] }
    const [first, second] = index.manifests
    await at.put('v1', { ...index, manifests: [{ ...first, annotations: second?.annotations }, { ...second, annotations: first?.annotations }] })
    const { converted, notConverted } = await exported(at)
    expect([converted, notConverted.map(({ message }) => message.replace(/.* stands/, 'stands'))]).toEqual([[], [expect.stringContaining('is about'), expect.stringContaining('is about')]])
  })

  test('a tag of cosign\'s that holds something else is left as it is', async () => {
    const at = await bench()
    await at.sign(await signer())
    const tag = `${at.image.index.digest.replace(':', '-')}.sig`
    const other = await at.put(tag, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] })
    await expect(exported(at)).rejects.toMatchObject({ code: 'form-unsupported' })
    expect(at.store.manifest(NAME, tag)?.digest).toBe(other)
  })
})

describe('to bundle', () => {
  test('a bundle, by the key that signed', async () => {
    const at = await bench()
    const [own, other] = [await signer(0), await signer(1)]
    await at.sign(own)
    await at.sign(other)
    const result = await exported(at, { to: 'bundle', signer: own })
    expect([result.converted.length, result.notConverted.map(({ message }) => message)]).toEqual([1, [expect.stringContaining('is not by the key')]])
    const policy = await policyFromKeys([pem(own.publicKey.spki)])
    const { subjects } = await verify(REFERENCE, { source: at.source, policy, all: true, at: new Date(AT * 1_000) })
    expect(subjects[0]?.signatures.filter(({ state }) => state === 'accepted').map(({ form }) => form).sort()).toEqual(['hash-suffix', 'sigstore-bundle'])
    expect(await exported(at, { to: 'bundle', signer: own })).toMatchObject({ converted: [{ state: 'there' }], written: [], inPlace: 1 })
  })

  test('what expires does so in its new form, and what is past its expiry is not signed again', async () => {
    const at = await bench()
    const own = await signer()
    await at.sign(own, { expiresAt: AT + 60 })
    expect((await exported(at, { to: 'bundle', signer: own, at: new Date((AT + 61) * 1_000) })).notConverted).toMatchObject([{ message: expect.stringContaining('past the expiry') as string }])
    await exported(at, { to: 'bundle', signer: own })
    const { subjects } = await verify(REFERENCE, { source: at.source, policy: await policyFromKeys([pem(own.publicKey.spki)]), all: true, at: new Date(AT * 1_000) })
    expect(subjects[0]?.signatures.map(({ form, signed }) => [form, signed?.expiresAt]).sort()).toEqual([['hash-suffix', '2026-01-02T03:05:05Z'], ['sigstore-bundle', '2026-01-02T03:05:05Z']])
  })

  test('without the key, and notation too: cannot-convert', async () => {
    const at = await bench()
    await expect(exported(at, { to: 'bundle' })).rejects.toMatchObject({ code: 'cannot-convert', message: expect.stringContaining('--key FILE') as string })
    await expect(exported(at, { to: 'notation' })).rejects.toMatchObject({ code: 'cannot-convert', message: expect.stringContaining('--key FILE') as string })
  })
})

function pem(spki: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${btoa(String.fromCharCode(...spki))}\n-----END PUBLIC KEY-----\n`
}
