import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { LIMITS, openEvidence } from '../../src/index.ts'
import * as lies from './registry/lies.ts'
import { alice, asked, detached, indexOf, INDEX, judge, layoutFiles, mallory, put, REPOSITORY, sigLayer, sign, sigTag, world, type World } from './support.ts'

describe('cosign\'s .sig', () => {
  async function sigWorld(layers: (on: World, digest: string) => Promise<readonly Awaited<ReturnType<typeof sigLayer>>[]>): Promise<World> {
    const on = await world({ referrersApi: false })
    await sigTag(on, on.image.index, await layers(on, on.image.index.digest))
    return on
  }

  test('honest: allowed, from a layout too', async () => {
    const on = await sigWorld(async (at, digest) => [await sigLayer(at, digest)])
    expect((await judge(on)).outcome).toBe('allow')
    expect((await judge(on, { source: await openEvidence(layoutFiles(on)) })).outcome).toBe('allow')
  })

  test('T23: 1,000 layers: the payloads of those that are tried are fetched, no more', async () => {
    const on = await sigWorld(async (at, digest) => {
      const nobody = await Promise.all(Array.from({ length: 999 }, (_, n) => sigLayer(at, digest, mallory, { n: String(n) })))
      return [...nobody.slice(0, 5), await sigLayer(at, digest), ...nobody.slice(5)]
    })
    const { outcome } = await judge(on)
    expect(outcome).toBe('allow')
    expect(asked(on).filter((path) => path.startsWith('blobs/'))).toHaveLength(LIMITS.signaturesTried)
  })

  test('T23: behind them it is left: indeterminate', async () => {
    const on = await sigWorld(async (at, digest) => [...(await Promise.all(Array.from({ length: 80 }, (_, n) => sigLayer(at, digest, mallory, { n: String(n) })))), await sigLayer(at, digest)])
    const { outcome, codes } = await judge(on)
    expect(outcome).toBe('indeterminate')
    expect(codes).toContain('too-many-signatures')
  })

  test('a size that lies, a payload of other bytes, one that is not there', async () => {
    const on = await sigWorld(async (at, digest) => [await sigLayer(at, digest)])
    const layer = await sigLayer(on, on.image.index.digest, alice, { other: 'bytes' })
    await sigTag(on, on.image.index, [{ ...layer, size: layer.payload.length + 1 }])
    const lied = await judge(on)
    expect([lied.outcome, lied.signatures]).toEqual(['deny', ['invalid malformed']])
    await sigTag(on, on.image.index, [layer])
    const { digest } = (JSON.parse(new TextDecoder().decode(on.server.store.manifest(REPOSITORY, `${on.image.index.digest.replace(':', '-')}.sig`)?.bytes)) as { layers: { digest: string }[] }).layers[0] ?? { digest: '' }
    for (const [lie, code] of [[lies.otherBytes(await sigLayer(on, on.image.index.digest, mallory).then(({ payload }) => payload)), 'digest-mismatch'], [lies.absent, 'not-found'], [lies.failure(403, 'DENIED'), 'unauthorized']] as const) {
      on.server.put(digest, lie)
      const { outcome, places } = await judge(on)
      expect(outcome).toBe('indeterminate')
      expect(places).toContain(`sig-tag failed ${code}`)
    }
    const files = layoutFiles(on)
    files.set(`blobs/${digest.replace(':', '/')}`, layer.payload.map((byte) => byte ^ 1))
    const layout = await judge(on, { source: await openEvidence(files) })
    expect([layout.outcome, layout.signatures]).toEqual(['deny', ['invalid digest-mismatch']])
  })

  test('T16: another image\'s .sig under this image\'s tag', async () => {
    const on = await sigWorld(async (at) => [await sigLayer(at, `sha256:${'1'.repeat(64)}`)])
    const { outcome, signatures } = await judge(on)
    expect([outcome, signatures]).toEqual(['deny', ['mismatch other-digest']])
  })
})

describe('sha512', () => {
  test('an image named by sha512: its places are those of that digest, and what cosign cannot tag is absent', async () => {
    const on = await world({ referrersApi: false })
    const { bytes } = on.image.index
    const digest = `sha512:${createHash('sha512').update(bytes).digest('hex')}`
    await on.server.store.putManifest(REPOSITORY, digest, bytes, INDEX)
    const unsigned = await judge(`${on.name}@${digest}`)
    expect([unsigned.outcome, unsigned.verdict.digest]).toEqual(['unsigned', digest])
    await detached(on, on.image.index)
    expect((await judge(`${on.name}@${digest}`)).outcome).toBe('unsigned')
    await put(on, digest.replace(':', '-').slice(0, 71), indexOf([{ mediaType: INDEX, digest, size: bytes.length, annotations: await sign(on, digest) }]))
    expect((await judge(`${on.name}@${digest}`)).outcome).toBe('allow')
    on.server.put(digest, lies.flippedBit(9))
    const { outcome, codes } = await judge(`${on.name}@${digest}`)
    expect([outcome, codes]).toEqual(['indeterminate', ['digest-mismatch']])
  })
})
