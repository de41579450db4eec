import { describe, expect, test } from 'vitest'
import { openEvidence } from '../../src/index.ts'
import * as lies from './registry/lies.ts'
import { alice, asked, atDigestTag, detached, flat, indexOf, INDEX, judge, layoutFiles, listed, MANIFEST, put, sign, world, type World } from './support.ts'

/** An image that is allowed by the signed index at its digest tag. */
async function allowed(options: Parameters<typeof world>[0] = {}): Promise<World> {
  const on = await world(options)
  await detached(on)
  expect((await judge(on)).outcome).toBe('allow')
  return on
}

/** A nested index, signed through the referenced one: what is wrong with it is met while the graph is walked. */
async function withNested(document: unknown, mediaType: string, claimed: string = mediaType): Promise<World> {
  const on = await world()
  const nested = await put(on, null, document, mediaType)
  const root = await put(on, 'v1', indexOf([listed({ ...nested, mediaType: claimed })]))
  await atDigestTag(on, root, await sign(on, root.digest))
  return on
}

describe('T1: an index and a manifest at once, a Content-Type that says otherwise', () => {
  test('T1: manifests together with layers, though its digest is signed', async () => {
    const on = await allowed()
    const [first] = on.image.manifests
    const both = await put(on, 'v1', { ...indexOf([]), layers: [], config: first && listed(first) })
    await atDigestTag(on, both, await sign(on, both.digest))
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['deny', ['malformed']])
    expect(text).toMatch(/"manifests" together with "layers"/)
    const layout = await judge(on, { source: await openEvidence(layoutFiles(on)) })
    expect([layout.outcome, layout.codes]).toEqual(['deny', ['malformed']])
  })

  test.each(['text/html', MANIFEST])('T1: the honest body of the reference as %s', async (type) => {
    const on = await allowed()
    on.server.put('v1', lies.contentType(type))
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['indeterminate', ['content-type-mismatch']])
    expect(text).toContain(on.image.index.digest)
  })

  test('T1: the honest body at the digest tag as text/html: failed, not absent', async () => {
    const on = await allowed({ referrersApi: false })
    on.server.put(on.image.index.digest.replace(':', '-'), lies.contentType('text/html'))
    const { outcome, places } = await judge(on)
    expect(outcome).toBe('indeterminate')
    expect(places).toContain('digest-tag failed content-type-mismatch')
  })
})

describe('T2: a child that is not what its descriptor says', () => {
  test('an honest nested index is allowed', async () => {
    const on = await world()
    expect((await judge(await withNested(JSON.parse(new TextDecoder().decode(on.image.index.bytes)), INDEX))).outcome).toBe('allow')
  })

  test('T2: the descriptor says image, the bytes are an index: deny, though the list is signed', async () => {
    const on = await world()
    const { outcome, codes, text } = await judge(await withNested(JSON.parse(new TextDecoder().decode(on.image.index.bytes)), INDEX, MANIFEST))
    expect([outcome, codes]).toEqual(['deny', ['malformed']])
    expect(text).toMatch(/another media type or size than its descriptor says/)
  })

  test('T2: a lie about the size of a nested index', async () => {
    const on = await world()
    const root = await put(on, 'v1', indexOf([{ ...listed(on.image.index), size: 7 }]))
    await atDigestTag(on, root, await sign(on, root.digest))
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['deny', ['malformed']])
    expect(text).toContain(on.image.index.digest)
  })

  test('T2: one digest with two sizes, in different indexes', async () => {
    const on = await world()
    const [first] = on.image.manifests
    if (first === undefined) throw new Error('no platform')
    const root = await put(on, 'v1', indexOf([listed(on.image.index), { ...listed(first, { platform: first.platform }), size: 1 }]))
    await atDigestTag(on, root, await sign(on, root.digest))
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['deny', ['malformed']])
    expect(text).toContain(`${first.digest} is listed with two sizes`)
  })
})

describe('T3: other bytes than were asked for', () => {
  test('T3: the body of another digest under the right header', async () => {
    const on = await allowed()
    const other = await put(on, 'other', indexOf([]))
    on.server.put(on.image.index.digest, lies.otherBytes(other.bytes))
    const { outcome, codes, text } = await judge(`${on.name}@${on.image.index.digest}`)
    expect([outcome, codes]).toEqual(['indeterminate', ['digest-mismatch']])
    expect(text).toContain(`do not have the digest ${on.image.index.digest}`)
  })

  test('T3: one bit turned in a nested index', async () => {
    const on = await withNested(indexOf([]), INDEX)
    expect((await judge(on)).outcome).toBe('allow')
    await flat(on)
    const nested = await put(on, null, indexOf([], { annotations: { a: 'b' } }))
    await flat(on, { extra: [listed(nested)] })
    on.server.put(nested.digest, lies.flippedBit(60))
    const { outcome, places, text } = await judge(on)
    expect(outcome).toBe('indeterminate')
    expect(places).toContain('graph failed digest-mismatch')
    expect(text).toContain(`What ${nested.digest} lists was not read`)
  })

  test('T3: by tag the digest is that of the bytes, so other bytes have nobody\'s signature', async () => {
    const on = await allowed()
    on.server.put('v1', lies.otherBytes(JSON.stringify(indexOf([]))))
    const { outcome, verdict } = await judge(on)
    expect(outcome).toBe('deny')
    expect(verdict.digest).not.toBe(on.image.index.digest)
  })

  test('T3: in a layout bytes of another digest are there for good: deny', async () => {
    const on = await allowed()
    const files = layoutFiles(on)
    expect((await judge(on, { source: await openEvidence(files) })).outcome).toBe('allow')
    const [first] = on.image.manifests
    files.set(`blobs/${first?.digest.replace(':', '/') ?? ''}`, on.image.index.bytes)
    const { outcome, codes, text } = await judge(on, { source: await openEvidence(files) })
    expect([outcome, codes]).toEqual(['deny', ['digest-mismatch']])
    expect(text).toContain(`stored as ${first?.digest ?? ''} do not have that digest`)
  })
})

describe('T4: a tag that names one thing, then another', () => {
  test('T4: the tag is asked once; the verdict names the digest whose signature was judged', async () => {
    const on = await allowed()
    on.server.put('v1', lies.inTurn(lies.honest, lies.document(indexOf([]))))
    const { outcome, verdict } = await judge(on)
    expect([outcome, verdict.digest]).toEqual(['allow', on.image.index.digest])
    expect(asked(on).filter((path) => path === 'manifests/v1')).toHaveLength(2)
    expect((await judge(on)).outcome).toBe('deny')
  })

  test('T4: a reference with tag and digest is what the digest says', async () => {
    const on = await allowed()
    await put(on, 'v1', indexOf([]))
    const { outcome, verdict } = await judge(`${on.reference}@${on.image.index.digest}`)
    expect([outcome, verdict.digest]).toEqual(['allow', on.image.index.digest])
  })
})

describe('T5: digests that are none', () => {
  test.each([
    'sha256:../../../../etc/passwd', `sha256:${'AB'.repeat(32)}`, `sha256:${'ab'.repeat(31)}`, `md5:${'ab'.repeat(16)}`, `sha1:${'ab'.repeat(20)}`, `sha256:${'ab'.repeat(32)}?x=`, `sha512:${'ab'.repeat(32)}`,
  ])('T5: %s in a signed index is refused before any address is made of it', async (digest) => {
    const on = await allowed()
    const root = await put(on, 'v1', indexOf([{ mediaType: INDEX, digest, size: 2 }]))
    await atDigestTag(on, root, await sign(on, root.digest, alice))
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['deny', ['unsupported-digest']])
    expect(text).toContain('is no digest that is read here')
    expect(asked(on).some((path) => /passwd|md5|sha1:|AB|\?/.test(path))).toBe(false)
  })

  test('T5: in a reference it is wrong use', async () => {
    await expect(judge('127.0.0.1:1/demo/app@sha256:../../x')).rejects.toMatchObject({ code: 'bad-reference' })
  })
})
