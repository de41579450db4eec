import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { attach } from '../../src/edit/attach.ts'
import { attest } from '../../src/edit/attest.ts'
import { exportSignatures } from '../../src/edit/export.ts'
import { signList } from '../../src/edit/list.ts'
import { instantTiming, VirtualClock } from './clock.ts'
import { AT, bench, NAME, signer, type Bench } from './fixture.ts'
import { exported, judged, person, personOf, REFERENCE, written, type Person } from './notation-export.ts'
import { objectOf, type ImageObject } from '../../demo/images.ts'
import { generateKey } from '../../src/crypto/private-key.ts'
import { makeJws, payloadOf } from '../notation/kit.ts'
import { DAY, NOW } from '../sigstore/kit/window.ts'

const puts = (at: Bench): readonly string[] => at.requests.filter((request) => !/^(?:GET|HEAD) /.test(request))

/** An envelope as a stranger may put it beside the image. */
async function putNotation(at: Bench, { mediaType, digest, bytes }: ImageObject, envelope: Uint8Array<ArrayBuffer>): Promise<void> {
  const layer = { mediaType: 'application/jose+json', digest: await at.store.putBlob(NAME, envelope), size: envelope.length }
  const config = { mediaType: 'application/vnd.cncf.notary.signature', digest: await at.store.putBlob(NAME, new TextEncoder().encode('{}')), size: 2 }
  const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers: [layer], subject: { mediaType, digest, size: bytes.length } }
  await at.put((await objectOf(manifest.mediaType, manifest)).digest, manifest, manifest.mediaType)
}

describe('what is written verifies by notation\'s own policy, level strict', () => {
  test.each([['P-256', 'ec-p256', 'ES256'], ['P-384', 'ec-p384', 'ES384'], ['P-521', 'ec-p521', 'ES512'], ['RSA 2048', 'rsa', 'PS256'], ['RSA 3072', 'rsa', 'PS384']] as const)('%s', async (name, type, alg) => {
    const at = await bench()
    const who = await person(type, name === 'RSA 3072' ? 3072 : 2048)
    await at.sign(who.signer)
    expect((await judged(at, who)).outcome).toBe('deny')
    const result = await exported(at, who)
    expect(result).toMatchObject({ to: 'notation', inPlace: 0, notConverted: [], converted: [{ subject: at.image.index.digest, form: 'hash-suffix', state: 'written' }], written: [{ kind: 'referrer' }] })
    expect(written(at, NAME, result.written[0]?.digest ?? '').header['alg']).toBe(alg)
    const verdict = await judged(at, who)
    expect([verdict.outcome, verdict.signers.map(({ kind }) => kind)]).toEqual(['allow', ['x509']])
  })

  test('each platform that was signed by itself', async () => {
    const at = await bench()
    const who = await person()
    await at.sign(who.signer, { layout: 'flat' })
    expect((await exported(at, who)).converted.map(({ subject }) => subject).sort()).toEqual(at.image.manifests.map(({ digest }) => digest).sort())
    expect((await judged(at, who)).outcome).toBe('allow')
  })
})

test('manifest, envelope and payload are what notation writes (formats.md 9, 12.4)', async () => {
  const at = await bench()
  const who = await person()
  await at.sign(who.signer)
  const { written: [object] } = await exported(at, who)
  const { manifest, header, payload, unsigned } = written(at, NAME, object?.digest ?? '')
  const { digest, bytes, mediaType } = at.image.index
  expect(manifest).toEqual({
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.cncf.notary.signature', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 },
    layers: [{ mediaType: 'application/jose+json', digest: manifest.layers[0]?.digest, size: expect.any(Number) as number }],
    subject: { mediaType, digest, size: bytes.length },
    annotations: {
      'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(who.party.chain.map((der) => createHash('sha256').update(der).digest('hex'))),
      'org.opencontainers.image.created': '2026-05-13T19:00:00Z',
    },
  })
  expect(JSON.stringify(header)).toBe('{"alg":"ES256","crit":["io.cncf.notary.signingScheme"],"cty":"application/vnd.cncf.notary.payload.v1+json","io.cncf.notary.signingScheme":"notary.x509","io.cncf.notary.signingTime":"2026-05-13T19:00:00Z"}')
  expect(payload).toBe(`{"targetArtifact":{"digest":"${digest}","mediaType":"${mediaType}","size":${bytes.length}}}`)
  expect(unsigned).toEqual({ 'x5c': who.party.chain.map((der) => Buffer.from(der).toString('base64')), 'io.cncf.notary.signingAgent': expect.stringMatching(/^sealdex\//) as string })
})

describe('beside what stands there', () => {
  test.each([['referrers', true], ['digest tags', false]] as const)('again (%s): it was there, and nothing is written', async (_, referrersApi) => {
    const at = await bench({ referrersApi })
    const who = await person()
    await at.sign(who.signer)
    await exported(at, who)
    at.requests.length = 0
    expect(await exported(at, who, { at: new Date((NOW + DAY) * 1_000) })).toMatchObject({ converted: [{ state: 'there' }], written: [], inPlace: 1 })
    expect(puts(at)).toEqual([])
    expect((await judged(at, who)).outcome).toBe('allow')
  })

  test('a renewed certificate for the same key, and the key of another person: written', async () => {
    const at = await bench()
    const key = await generateKey()
    const [old, renewed, other] = [await personOf(key), await personOf(key), await person()]
    for (const one of [old, other]) await at.sign(one.signer)
    await exported(at, old)
    for (const one of [renewed, other]) expect((await exported(at, one)).written).toHaveLength(1)
    for (const one of [renewed, other]) expect((await judged(at, one)).outcome).toBe('allow')
  })

  test('one that carries our certificates, and that our key did not sign, keeps nobody from signing', async () => {
    const at = await bench()
    const who = await person()
    await at.sign(who.signer)
    const { digest, mediaType, bytes } = at.image.index
    // by the kit's key, which is not the certificate's
    await putNotation(at, at.image.index, makeJws(who.party, { payload: payloadOf({ digest, mediaType, size: bytes.length }) }))
    expect(await exported(at, who)).toMatchObject({ inPlace: 1, converted: [{ state: 'written' }] })
    expect((await judged(at, who)).outcome).toBe('allow')
  })

  test('nor does our own about something else, put beside this', async () => {
    const at = await bench()
    const who = await person()
    const [amd64 = expect.fail(), arm64 = expect.fail()] = at.image.manifests
    // of one type and one length, so that only the digest tells them apart
    expect(arm64.bytes).toHaveLength(amd64.bytes.length)
    await at.sign(who.signer, { platform: 'linux/amd64' })
    const { manifest } = written(at, NAME, (await exported(at, who)).written[0]?.digest ?? '')
    await putNotation(at, arm64, at.store.blob(NAME, manifest.layers[0]?.digest ?? '') ?? new Uint8Array())
    await at.sign(who.signer, { platform: 'linux/arm64' })
    const { converted } = await exported(at, who)
    expect(new Map(converted.map(({ subject, state }) => [subject, state]))).toEqual(new Map([[amd64.digest, 'there'], [arm64.digest, 'written']]))
  })

  test('nor does one that is past its expiry', async () => {
    const at = await bench()
    const who = await person()
    await at.sign(who.signer, { expiresAt: NOW + DAY })
    await exported(at, who)
    await at.sign(who.signer, { annotations: { renewed: 'yes' } })
    expect(await exported(at, who)).toMatchObject({ written: [] })
    expect(await exported(at, who, { at: new Date((NOW + 2 * DAY) * 1_000) })).toMatchObject({ written: [{}] })
    expect((await judged(at, who, NOW + 3 * DAY)).outcome).toBe('allow')
  })

  test('three people at once, and a file: nothing is lost (W4)', async () => {
    const at = await bench({ referrersApi: false })
    const people = await Promise.all([0, 1, 2].map(() => person()))
    for (const { signer: key } of people) await at.sign(key)
    const clock = new VirtualClock(7)
    const file = attach(REFERENCE, { source: at.source, content: new TextEncoder().encode('file'), artifactType: 'text/plain', timing: clock })
    await clock.runParties<unknown>([file, ...people.map((who) => exported(at, who, { timing: clock }))])
    for (const who of people) expect((await judged(at, who)).outcome).toBe('allow')
    expect((await judged(at, people[0] as Person)).attachments).toMatchObject([{ type: 'text/plain' }])
  })

  test('entries of others at the digest tag stay byte for byte, and it is listed by its type', async () => {
    const at = await bench({ referrersApi: false })
    const who = await person()
    const tag = at.image.index.digest.replace(':', '-')
    const foreign = { 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'digest': at.image.manifests[0]?.digest, 'size': at.image.manifests[0]?.bytes.length, 'artifactType': 'application/vnd.example', 'x-unknown': { z: 1, a: [2] } }
    await at.put(tag, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [foreign], annotations: { keep: 'me' } })
    await at.sign(who.signer)
    const result = await exported(at, who)
    expect(result.written).toMatchObject([{ kind: 'digest-tag', tag }])
    const index = at.json(tag) as { readonly manifests: readonly Readonly<Record<string, unknown>>[]; readonly annotations: object }
    expect(JSON.stringify(index.manifests[0])).toBe(JSON.stringify(foreign))
    expect(index.annotations).toEqual({ keep: 'me' })
    expect(index.manifests.filter(({ artifactType }) => artifactType === 'application/vnd.cncf.notary.signature')).toHaveLength(1)
    expect((await judged(at, who)).outcome).toBe('allow')
  })
})

describe('only what this key signed before', () => {
  test('not what another signed', async () => {
    const at = await bench()
    const who = await person()
    await at.sign(await signer(1))
    at.requests.length = 0
    const result = await exported(at, who)
    expect([result.converted, result.written, result.notConverted.map(({ code, message }) => [code, message])]).toEqual([[], [], [['cannot-convert', expect.stringContaining('is not by the key')]]])
    expect(puts(at)).toEqual([])
  })

  test('not what only says that it is by this key', async () => {
    const at = await bench({ referrersApi: false })
    const who = await person()
    await at.sign(await signer(0))
    const tag = at.image.index.digest.replace(':', '-')
    const claimed = JSON.stringify(at.json(tag)).replaceAll(Buffer.from((await signer(0)).publicKey.keyId, 'hex').toString('base64'), Buffer.from(who.signer.publicKey.keyId, 'hex').toString('base64'))
    await at.put(tag, JSON.parse(claimed) as object)
    expect(claimed).toContain(Buffer.from(who.signer.publicKey.keyId, 'hex').toString('base64'))
    expect((await exported(at, who)).written).toEqual([])
  })

  test('not what it attested (R10)', async () => {
    const at = await bench()
    const who = await person()
    await attest(REFERENCE, { source: at.source, signer: who.signer, predicate: new TextEncoder().encode('{}'), type: 'https://example.com/t', at: AT, timing: instantTiming() })
    expect(await exported(at, who)).toMatchObject({ converted: [], written: [] })
  })

  test('not a list that it vouched for (R8)', async () => {
    const at = await bench()
    const who = await person()
    await signList(REFERENCE, { source: at.source, signer: who.signer, at: AT, timing: instantTiming() })
    const result = await exported(at, who)
    expect([result.written, result.notConverted.map(({ message }) => message)]).toEqual([[], [expect.stringContaining('a list of what is attached')]])
  })

  test('not what is past its expiry, and what expires later expires then', async () => {
    const at = await bench()
    const who = await person()
    await at.sign(who.signer, { expiresAt: NOW - 1 })
    const past = await exported(at, who)
    expect([past.written, past.notConverted.map(({ message }) => message)]).toEqual([[], [expect.stringContaining('past the expiry')]])
    await at.sign(who.signer, { annotations: { a: 'b' }, expiresAt: NOW + DAY })
    const { written: [object] } = await exported(at, who)
    expect(written(at, NAME, object?.digest ?? '').header).toMatchObject({ 'crit': ['io.cncf.notary.signingScheme', 'io.cncf.notary.expiry'], 'io.cncf.notary.expiry': '2026-05-14T19:00:00Z' })
    expect([(await judged(at, who)).outcome, (await judged(at, who, NOW + DAY + 1)).outcome]).toEqual(['allow', 'deny'])
  })

  test.each(['cosign', 'bundle'] as const)('also what stands in cosign\'s forms: %s', async (to) => {
    const at = await bench({ referrersApi: false })
    const who = await person()
    await at.sign(who.signer)
    const tag = at.image.index.digest.replace(':', '-')
    const before = at.json(tag) as { manifests: readonly object[] }
    await exportSignatures(REFERENCE, { source: at.source, to, signer: who.signer, at: new Date(AT * 1_000), timing: instantTiming() })
    const after = at.json(tag) as { manifests: readonly object[] }
    await at.put(tag, { ...after, manifests: after.manifests.filter((entry) => !JSON.stringify(before).includes(JSON.stringify(entry))) })
    const result = await exported(at, who)
    expect(result.converted).toMatchObject([{ form: to === 'cosign' ? 'cosign-sig' : 'sigstore-bundle', state: 'written' }])
    expect((await judged(at, who)).outcome).toBe('allow')
  })
})
