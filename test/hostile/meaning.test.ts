import { describe, expect, test } from 'vitest'
import { buildImage, objectOf, type ImageObject } from '../../demo/images.ts'
import { openEvidence, policyFromKeys, policyFromOptions } from '../../src/index.ts'
import {
  alice, atDigestTag, detached, flat, flatEntries, indexOf, INDEX, judge, layoutFiles, listed, mallory, MANIFEST, payloadOf, put, referrer, REPOSITORY, sign, signed, world, type Fields, type World,
} from './support.ts'

/** An image of the attacker's for one platform, in the same repository. */
async function evil(on: World, platform = { os: 'linux', architecture: 'amd64' }): Promise<ImageObject & { platform: typeof platform }> {
  const { manifests, blobs } = await buildImage({ text: 'evil', platforms: [platform] })
  const [manifest] = manifests
  if (manifest === undefined) throw new Error('no manifest')
  for (const { bytes } of blobs) await on.server.store.putBlob(REPOSITORY, bytes)
  await on.server.store.putManifest(REPOSITORY, manifest.digest, manifest.bytes, manifest.mediaType)
  return { ...manifest, platform }
}

async function artifact(on: World, subject: ImageObject, extra: Fields = {}): Promise<ImageObject> {
  const empty = await objectOf('application/vnd.oci.empty.v1+json', {})
  await on.server.store.putBlob(REPOSITORY, empty.bytes)
  const config = listed(empty)
  return put(on, null, { schemaVersion: 2, mediaType: MANIFEST, artifactType: 'application/spdx+json', config, layers: [config], subject: listed(subject), ...extra }, MANIFEST)
}

const both = async (on: World) => [await judge(on), await judge(on, { source: await openEvidence(layoutFiles(on)) })]

describe('T15: nothing to run', () => {
  test('T15: an empty index is allowed only where it is signed itself', async () => {
    const on = await world()
    const empty = await put(on, 'v1', indexOf([]))
    for (const { outcome, codes, text } of await both(on)) {
      expect([outcome, codes]).toEqual(['deny', ['nothing-runnable']])
      expect(text).toContain('lists nothing that would run')
    }
    await detached(on, empty)
    for (const { outcome } of await both(on)) expect(outcome).toBe('allow')
  })
})

describe('T16: a signature copied on to another descriptor', () => {
  test('T16: is a mismatch, told with the digest it really names, and counts for nothing', async () => {
    const on = await world()
    await flat(on)
    expect((await judge(on)).outcome).toBe('allow')
    const other = await evil(on)
    const [amd64, arm64] = await flatEntries(on)
    await put(on, 'v1', indexOf([listed(other, { platform: other.platform, annotations: amd64?.annotations }), arm64]))
    for (const { outcome, signatures, verdict } of await both(on)) {
      expect(outcome).toBe('deny')
      expect(signatures).toContain('mismatch other-digest')
      expect(verdict.subjects.find(({ digest }) => digest === other.digest)).toMatchObject({ coverage: 'none', signatures: [{ signed: { digest: amd64?.digest } }] })
      expect(verdict.reasons).toContainEqual(expect.objectContaining({ code: 'not-covered', effect: 'decides', subject: other.digest }))
    }
  })

  test('T16: found at the digest tag of another image: what it names is not in this graph', async () => {
    const on = await world()
    const other = await evil(on)
    await atDigestTag(on, on.image.index, {}, [listed(other, { annotations: await sign(on, other.digest) })])
    const { outcome, codes } = await judge(on)
    expect(outcome).not.toBe('allow')
    expect(codes).not.toContain('requirements-met')
  })
})

describe('T17: who signed', () => {
  test('T17: an annotation or hint that names the signer is nobody\'s signature', async () => {
    const on = await world()
    const [amd64] = on.image.manifests
    const lied = await signed(mallory, payloadOf(amd64?.digest ?? '', on.name), alice)
    const entries = on.image.manifests.map((manifest) => listed(manifest, { platform: manifest.platform, annotations: { ...lied, 'dev.sealdex/signer': `key:${alice.signer.publicKey.keyId}` } }))
    await put(on, 'v1', indexOf(entries))
    const { outcome, signatures, verdict } = await judge(on)
    expect([outcome, verdict.signers]).toEqual(['deny', []])
    expect(signatures).toContain('untrusted no-trusted-key')
    expect(verdict.subjects[1]?.signatures[0]).toMatchObject({ signer: null, signed: null })
  })
})

describe('T18: signed and unsigned facts', () => {
  test('T18: facts beside the signature are not reported as signed, and do not meet a demand', async () => {
    const on = await world()
    const entries = (await flatEntries(on)).map((entry) => ({ ...entry, annotations: { ...entry.annotations, env: 'prod', 'dev.sealdex/tag': 'v1' } }))
    await put(on, 'v1', indexOf(entries))
    const { outcome, verdict } = await judge(on)
    expect(outcome).toBe('allow')
    expect(verdict.subjects[1]?.signatures[0]?.signed).toMatchObject({ tag: null, annotations: {} })
    const demanding = await judge(on, { policy: policyFromOptions({ keys: [alice.publicPem], annotations: { env: 'prod' } }) })
    expect([demanding.outcome, demanding.codes.includes('annotation-not-met')]).toEqual(['deny', true])
    expect(demanding.text).toContain('it does not say an annotation that the policy demands')
  })

  test('T18: a payload with facts taken out is another payload: the signature does not verify', async () => {
    const on = await world()
    const [amd64] = on.image.manifests
    const honest = await signed(alice, payloadOf(amd64?.digest ?? '', on.name, { env: 'dev' }))
    const stripped = Object.fromEntries(Object.entries(honest).map(([name, text]) => [name, name.includes('payload') ? Buffer.from(payloadOf(amd64?.digest ?? '', on.name)).toString('base64') : text]))
    await put(on, 'v1', indexOf([listed(amd64 as ImageObject, { platform: amd64?.platform, annotations: stripped })]))
    const { outcome, signatures } = await judge(on)
    expect([outcome, signatures]).toEqual(['deny', ['untrusted no-trusted-key']])
  })
})

describe('T19, T20: what would run instead', () => {
  async function nested(on: World, before: readonly unknown[], after: readonly unknown[] = []): Promise<void> {
    const annotations = await sign(on, on.image.index.digest)
    await put(on, 'v1', indexOf([...before, listed(on.image.index, { annotations }), ...after]))
  }

  test('T19: the siblings of a signed nested index must be those it lists', async () => {
    const on = await world()
    await nested(on, on.image.manifests.map((manifest) => listed(manifest, { platform: manifest.platform })))
    for (const { outcome } of await both(on)) expect(outcome).toBe('allow')
    const other = await evil(on)
    await nested(on, [listed(other, { platform: other.platform })])
    for (const { outcome, codes, text } of await both(on)) {
      expect(outcome).toBe('deny')
      expect(codes).toContain('runtime-divergence')
      expect(text).toContain(`containerd would take ${other.digest}`)
    }
  })

  test('T20: an unsigned twin first in the list, for the platform that was asked for too', async () => {
    const on = await world()
    const other = await evil(on)
    await flat(on, { before: [listed(other, { platform: other.platform })] })
    for (const options of [{}, { platform: 'linux/amd64' }]) {
      const { outcome, codes } = await judge(on, options)
      expect([outcome, codes.includes('runtime-divergence')]).toEqual(['deny', true])
    }
    expect((await judge(on, { platform: 'linux/arm64' })).outcome).toBe('allow')
  })

  test('T20: an unsigned image without platform, dressed as an artifact by its annotations', async () => {
    const on = await world()
    const other = await evil(on)
    await flat(on, { before: [listed(other, { artifactType: 'application/spdx+json', annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } })] })
    const { outcome, codes } = await judge(on, { platform: 'linux/amd64' })
    expect([outcome, codes.includes('runtime-divergence')]).toEqual(['deny', true])
  })
})

describe('T21: whose SBOM', () => {
  test('T21: an annotation that gives it to another platform is a claim, a signed manifest with that subject is not', async () => {
    const on = await world()
    const [amd64, arm64] = on.image.manifests
    if (amd64 === undefined || arm64 === undefined) throw new Error('two platforms')
    const sbom = await artifact(on, amd64)
    const entry = listed(sbom, { annotations: { 'org.opencontainers.reference.type': 'sbom', 'org.opencontainers.reference.digest': arm64.digest } })
    await flat(on, { extra: [entry] })
    const { outcome, verdict } = await judge(on, { all: true })
    expect(outcome).toBe('allow')
    expect(verdict.attachments).toContainEqual({ digest: sbom.digest, type: 'sbom', subject: arm64.digest, standing: 'claimed', by: null })
    expect(verdict.attachments.filter(({ standing }) => standing === 'signed')).toEqual([])
  })

  test('T21: a referrer whose own subject names another image is not attached, and its signature is not this image\'s', async () => {
    const on = await world()
    const other = await evil(on)
    const theirs = await referrer(on, other, await sign(on, other.digest))
    const { outcome } = await judge(on)
    expect(outcome).toBe('unsigned')
    on.server.referrers(on.image.index.digest, { status: 200, headers: { 'content-type': INDEX }, body: JSON.stringify(indexOf([listed(theirs)])) })
    const lied = await judge(on)
    expect([lied.outcome, lied.signatures]).toEqual(['unsigned', []])
    expect(lied.verdict.attachments).toEqual([])
  })
})

describe('T22: listings and short names', () => {
  test('T22: a listing annotation proves nothing: neither that a signature is there nor whose it is', async () => {
    const on = await world()
    const listing = { 'org.opencontainers.signatures.index': 'dev.cosignproject.cosign/signature.abcdef0,dev.cosignproject.cosign/signature.1234567' }
    await put(on, 'v1', indexOf(on.image.manifests.map((manifest) => listed(manifest, { platform: manifest.platform, annotations: listing }))))
    expect((await judge(on)).outcome).toBe('unsigned')
    await put(on, 'v1', indexOf((await flatEntries(on)).map((entry) => ({ ...entry, annotations: { ...listing, ...entry.annotations } }))))
    expect((await judge(on)).outcome).toBe('allow')
  })

  test('T22: two signatures under one short suffix, payloads crossed: paired by cryptography or not at all', async () => {
    const on = await world()
    const [amd64] = on.image.manifests
    if (amd64 === undefined) throw new Error('a platform')
    const [mine, wrong] = [payloadOf(amd64.digest, on.name, { a: 'b' }), payloadOf(amd64.digest, 'elsewhere.example/x')]
    const signature = Buffer.from(await alice.signer.sign(mine)).toString('base64')
    const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
    const entry = (annotations: Record<string, string>) => put(on, 'v1', indexOf([listed(amd64, { platform: amd64.platform, annotations })]))
    // payloads with no signature of their own are tried for one without payload
    await entry({ 'dev.cosignproject.cosign/signature.abcdef1': signature, 'dev.sealdex/payload.abcdef2': base64(wrong), 'dev.sealdex/payload.abcdef3': base64(mine) })
    expect((await judge(on)).outcome).toBe('allow')
    await entry({ 'dev.cosignproject.cosign/signature.abcdef1': signature, 'dev.sealdex/payload.abcdef1': base64(wrong), 'dev.sealdex/payload.abcdef3': base64(mine) })
    const { outcome, signatures } = await judge(on)
    expect([outcome, signatures]).toEqual(['deny', ['untrusted no-trusted-key']])
  })
})

test('coverage never flows from an index that was merely found: what is listed beside a signed descriptor is not signed', async () => {
  const on = await world()
  const decoy = await put(on, null, indexOf([], { annotations: { a: 'decoy' } }))
  await atDigestTag(on, on.image.index, {}, [listed(decoy, { annotations: await sign(on, decoy.digest) }), ...on.image.manifests.map((manifest) => listed(manifest))])
  const { outcome } = await judge(on)
  expect(outcome).not.toBe('allow')
  expect((await judge(on, { policy: policyFromKeys([mallory.publicPem]) })).outcome).not.toBe('allow')
})
