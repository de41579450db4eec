import { describe, expect, test } from 'vitest'
import { base64Decode, base64Encode, hexDecode, utf8Decode } from '../../src/base/bytes.ts'
import { digestOf } from '../../src/crypto/digest.ts'
import { digestTag } from '../../src/oci/place.ts'
import { acceptedKeys, AT, bench, checkedIn, descriptorFor, NAME, putArtifact, REPOSITORY, signer } from './fixture.ts'

const OLD = { referrersApi: false } as const
const codes = (notes: readonly { readonly code: string }[]): readonly string[] => notes.map(({ code }) => code)

describe('detached, a registry without a list of referrers', () => {
  test('W1: a signature stands at the digest tag under its content name, with its payload and the hint of its key', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    const result = await at.sign(key)
    const tag = digestTag(at.image.index.digest)
    expect(result).toMatchObject({ version: 1, reference: `${REPOSITORY}:v1`, before: at.image.index.digest, after: at.image.index.digest })
    expect(result.subjects).toEqual([{ digest: at.image.index.digest, platform: null, state: 'signed' }])
    expect(result.written).toEqual([{ kind: 'digest-tag', tag, digest: at.store.manifest(NAME, tag)?.digest }])
    const [entry, ...more] = at.index(tag).manifests
    expect(more).toEqual([])
    const names = [...(entry?.annotations.keys() ?? [])]
    const text = entry?.annotations.get(names[0] ?? '') ?? ''
    const suffix = `.${(await digestOf(new TextEncoder().encode(text))).slice(7, 23)}`
    expect(names).toEqual([`dev.cosignproject.cosign/signature${suffix}`, `dev.sealdex/payload${suffix}`, `dev.sealdex/key${suffix}`])
    expect(entry?.annotations.get(names[2] ?? '')).toBe(base64Encode(hexDecode(key.publicKey.keyId)))
    expect(await acceptedKeys(at.index(tag), at.image.index.digest, [key])).toEqual(new Set([key.publicKey.keyId]))
    expect(at.store.manifest(NAME, 'v1')?.digest).toBe(at.image.index.digest)
  })

  test('W5: the payload is cosign\'s, and says repository, tag, time and what the user adds', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    await at.sign(key, { annotations: { env: 'prod' }, expiresAt: AT + 60 })
    const payload = [...(at.index(digestTag(at.image.index.digest)).manifests[0]?.annotations ?? [])].find(([name]) => name.startsWith('dev.sealdex/payload'))?.[1] ?? ''
    expect(utf8Decode(base64Decode(payload))).toBe(
      `{"critical":{"identity":{"docker-reference":"${REPOSITORY}"},"image":{"docker-manifest-digest":"${at.image.index.digest}"},"type":"cosign container image signature"},` +
      `"optional":{"env":"prod","dev.sealdex/repository":"${REPOSITORY}","dev.sealdex/tag":"v1","dev.sealdex/signedAt":"2026-01-02T03:04:05Z","dev.sealdex/expiresAt":"2026-01-02T03:05:05Z"}}`,
    )
  })

  test('W5: a reference without a tag signs none', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    await at.sign(key, {}, `${REPOSITORY}@${at.image.index.digest}`)
    const [checked] = await checkedIn(at.index(digestTag(at.image.index.digest)), [key])
    expect(checked).toMatchObject({ state: 'accepted', signed: { tag: null, repository: REPOSITORY, signedAt: AT, platform: null } })
  })

  test('W1: the same key over the same facts is not written again; another time is the same fact, another tag is not', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    await at.sign(key)
    const before = at.store.manifest(NAME, digestTag(at.image.index.digest))?.digest
    const again = await at.sign(key, { at: AT + 9_000, expiresAt: AT + 10_000 })
    expect(again).toMatchObject({ subjects: [{ state: 'already-signed' }], written: [] })
    expect(at.store.manifest(NAME, digestTag(at.image.index.digest))?.digest).toBe(before)
    at.store.tag(NAME, 'v2', at.image.index.digest)
    expect(await at.sign(key, {}, `${REPOSITORY}:v2`)).toMatchObject({ subjects: [{ state: 'signed' }] })
    expect(await checkedIn(at.index(digestTag(at.image.index.digest)), [key])).toHaveLength(2)
  })

  test('W1: an annotation that only pretends to be our signature does not keep us from signing', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    await at.sign(key)
    const tag = digestTag(at.image.index.digest)
    const forged = JSON.parse(JSON.stringify(at.json(tag)).replace(/(cosign\/signature\.[0-9a-f]{16}":")[^"]*/, `$1${base64Encode(new Uint8Array(70).fill(48))}`)) as object
    await at.put(tag, forged)
    expect(await at.sign(key)).toMatchObject({ subjects: [{ state: 'signed' }] })
    expect(await acceptedKeys(at.index(tag), at.image.index.digest, [key])).toEqual(new Set([key.publicKey.keyId]))
  })

  test('W1: renew puts a new signature in the place of the old one, and a tombstone where that was', async () => {
    const [at, key, other] = [await bench(OLD), await signer(), await signer(1)]
    await at.sign(other)
    await at.sign(key)
    const tag = digestTag(at.image.index.digest)
    const result = await at.sign(key, { renew: true, at: AT + 60 })
    expect(result).toMatchObject({ subjects: [{ state: 'renewed' }] })
    const checked = await checkedIn(at.index(tag), [key, other], AT + 60)
    expect(checked.map(({ state, signed }) => [state, signed?.signedAt])).toEqual([['accepted', AT], ['accepted', AT + 60]])
    expect([...(at.index(tag).manifests[0]?.annotations.keys() ?? [])].filter((name) => name.startsWith('dev.sealdex/removed.'))).toHaveLength(1)
  })

  test('an expired signature of ours is named, not repeated', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    await at.sign(key, { expiresAt: AT + 60 })
    const result = await at.sign(key, { at: AT + 120 })
    expect(result).toMatchObject({ subjects: [{ state: 'already-signed' }], notes: [{ code: 'expired' }] })
  })

  test('W2: entries of other tools at the digest tag, their order and what is unknown survive', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    const sbom = await putArtifact(at.store, at.image.index)
    const tag = digestTag(at.image.index.digest)
    const entry = { ...descriptorFor(sbom), artifactType: 'text/spdx+json', annotations: { 'org.example/created': 'today' }, 'x-unknown': [1.5] }
    await at.put(tag, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [entry], annotations: { kept: 'yes' }, 'x-top': true })
    const result = await at.sign(key)
    expect(at.json(tag)).toMatchObject({ annotations: { kept: 'yes' }, 'x-top': true, manifests: [entry, { digest: at.image.index.digest }] })
    expect(codes(result.notes)).toContain('others-kept')
  })

  test('W2: what vanishes from the digest tag meanwhile, without a tombstone, is put back with ours', async () => {
    const [at, key, other] = [await bench(OLD), await signer(), await signer(1)]
    await at.sign(other)
    const tag = digestTag(at.image.index.digest)
    let reads = 0
    const source: typeof at.source = {
      ...at.source,
      tagged: async (...args) => {
        if (args[1] === tag && ++reads === 2) at.store.repository(NAME).tags.delete(tag)
        return at.source.tagged(...args)
      },
    }
    await at.sign(key, { source })
    expect((await acceptedKeys(at.index(tag), at.image.index.digest, [key, other])).size).toBe(2)
  })

  test('a server error in passing, as docker-registry answers while a tag is written, is not the end', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    /** Each thing that is asked for fails this many times in a row, then answers once, and so on. */
    const failing = (times: number): typeof at.source => {
      const calls = new Map<unknown, number>()
      const flaky = <T>(name: unknown, answer: () => Promise<T>): Promise<T> => {
        calls.set(name, (calls.get(name) ?? 0) + 1)
        return (calls.get(name) ?? 0) % (times + 1) === 0 ? answer() : Promise.resolve({ state: 'failed', code: 'registry-error', message: '500' } as T)
      }
      const { tagged, resolve, referrers } = at.source
      return { ...at.source, tagged: (...a) => flaky(a[1], () => tagged(...a)), resolve: (...a) => flaky('', () => resolve(...a)), referrers: (...a) => flaky('list', () => referrers(...a)) }
    }
    for (const layout of ['detached', 'flat'] as const) {
      expect((await at.sign(key, { source: failing(1), layout, force: true })).written).toHaveLength(1)
      await expect(at.sign(await signer(1), { source: failing(9), layout, force: true })).rejects.toMatchObject({ code: 'registry-error' })
    }
  })

  test('the image itself at the digest tag, as cosign copy leaves it, makes room, and that is said', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    at.store.tag(NAME, digestTag(at.image.index.digest), at.image.index.digest)
    const result = await at.sign(key)
    expect(codes(result.notes)).toContain('replaced')
    expect(at.index(digestTag(at.image.index.digest)).manifests).toHaveLength(1)
  })

  test('a Docker list at the digest tag becomes an OCI index', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    const list = { schemaVersion: 2, mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json', manifests: [] }
    await at.put(digestTag(at.image.index.digest), list, list.mediaType)
    const result = await at.sign(key)
    expect(codes(result.notes)).toContain('became-oci-index')
    expect(at.json(digestTag(at.image.index.digest))).toMatchObject({ mediaType: 'application/vnd.oci.image.index.v1+json' })
  })

  test('each: every platform is signed at its own digest tag, and says its platform', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    const result = await at.sign(key, { each: true })
    expect(result.subjects.map(({ platform }) => platform)).toEqual([null, 'linux/amd64', 'linux/arm64'])
    for (const { digest, platform } of result.subjects) {
      const [checked] = await checkedIn(at.index(digestTag(digest)), [key])
      expect(checked).toMatchObject({ state: 'accepted', signed: { digest, platform } })
    }
  })

  test('platform: that manifest is signed, and not the index', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    const result = await at.sign(key, { platform: 'linux/arm64' })
    expect(result.subjects).toEqual([{ digest: at.image.manifests[1]?.digest, platform: 'linux/arm64', state: 'signed' }])
    await expect(at.sign(key, { platform: 'linux/s390x' })).rejects.toMatchObject({ code: 'no-such-platform' })
  })

  test('a single manifest is signed as itself', async () => {
    const [at, key] = [await bench(OLD), await signer()]
    const digest = at.image.manifests[0]?.digest ?? ''
    expect(await at.sign(key, { each: true }, `${REPOSITORY}@${digest}`)).toMatchObject({ subjects: [{ digest, platform: null, state: 'signed' }] })
    expect(await acceptedKeys(at.index(digestTag(digest)), digest, [key])).toEqual(new Set([key.publicKey.keyId]))
  })
})

describe('detached, a registry with a list of referrers', () => {
  test('W3: each signer pushes one small signed index of its own, by digest, and no tag moves', async () => {
    const [at, key, other] = [await bench(), await signer(), await signer(1)]
    const tags = new Map(at.store.repository(NAME).tags)
    const result = await at.sign(key)
    await at.sign(other)
    expect(at.store.repository(NAME).tags).toEqual(tags)
    const [written] = result.written
    expect(written).toMatchObject({ kind: 'referrer', tag: null })
    const subject = descriptorFor(at.image.index)
    expect(at.json(written?.digest ?? '')).toEqual({
      schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', artifactType: 'application/vnd.sealdex.signed-index.v1',
      manifests: [{ ...subject, annotations: expect.any(Object) as object }], subject,
    })
    expect(await acceptedKeys(at.index(written?.digest ?? ''), subject.digest, [key])).toEqual(new Set([key.publicKey.keyId]))
  })

  test('W1: what is listed already is not written again; renew takes the earlier one away', async () => {
    const [at, key, other] = [await bench(), await signer(), await signer(1)]
    const [first] = (await at.sign(key)).written
    const [others] = (await at.sign(other)).written
    expect(await at.sign(key, { at: AT + 5 })).toMatchObject({ subjects: [{ state: 'already-signed' }], written: [] })
    const renewed = await at.sign(key, { renew: true, at: AT + 5 })
    expect(renewed).toMatchObject({ subjects: [{ state: 'renewed' }], written: [{ kind: 'referrer' }] })
    expect(codes(renewed.notes)).not.toContain('earlier-stays')
    expect(at.store.manifest(NAME, first?.digest ?? '')).toBeNull()
    expect(at.store.manifest(NAME, others?.digest ?? '')).not.toBeNull()
  })

  test('W2: an index in which others have signed too is not deleted', async () => {
    const [at, key, other] = [await bench(), await signer(), await signer(1)]
    const [a, b] = [(await at.sign(key)).written[0]?.digest ?? '', (await at.sign(other)).written[0]?.digest ?? '']
    const digest = await at.put('both', { ...(at.json(a) as object), manifests: [a, b].flatMap((one) => (at.json(one) as { manifests: object[] }).manifests) })
    for (const one of [a, b]) at.store.repository(NAME).manifests.delete(one)
    expect(codes((await at.sign(key, { renew: true, at: AT + 5 })).notes)).toContain('earlier-stays')
    expect(at.store.manifest(NAME, digest)).not.toBeNull()
  })

  test('where nothing may be deleted, renew says that the earlier one stays', async () => {
    const [at, key] = [await bench(), await signer()]
    const [first] = (await at.sign(key)).written
    const source = { ...at.source, deleteManifest: async () => ({ state: 'refused', code: 'delete-refused', message: 'The registry answered 405.' }) as const }
    const renewed = await at.sign(key, { renew: true, at: AT + 5, source })
    expect(renewed.notes).toContainEqual({ code: 'earlier-stays', message: `The earlier signature, ${first?.digest ?? ''}, stays in the list of referrers beside the new one: The registry answered 405.` })
    expect(at.store.manifest(NAME, first?.digest ?? '')).not.toBeNull()
  })

  test('OCI-Subject without the API is not believed: the list itself is asked', async () => {
    const [at, key] = [await bench(), await signer()]
    const liar = { ...at.source, referrers: async () => ({ state: 'absent' }) as const }
    expect(await at.sign(key, { source: liar })).toMatchObject({ written: [{ kind: 'digest-tag' }] })
  })

  test('a registry that does not list it is given time, and then that is said', async () => {
    const [at, key] = [await bench(), await signer()]
    let asked = 0
    const slow = { ...at.source, referrers: async (...args: Parameters<typeof at.source.referrers>) => (++asked < 4 ? { state: 'read' as const, value: [] } : at.source.referrers(...args)) }
    expect(codes((await at.sign(key, { source: slow })).notes)).not.toContain('not-listed')
    const never = { ...at.source, referrers: async () => ({ state: 'read', value: [] }) as const }
    expect(codes((await at.sign(await signer(1), { source: never })).notes)).toContain('not-listed')
  })
})
