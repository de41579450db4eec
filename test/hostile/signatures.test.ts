import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/index.ts'
import {
  alice, annotated, atDigestTag, flat, flatEntries, indexOf, judge, KEY, listed, PAYLOAD, payloadOf, put, SIGNATURE, sign, signed, world, type Annotations, type World,
} from './support.ts'

/** One image, its one entry carrying these annotations. */
async function carrying(annotations: Annotations, on?: World): Promise<World> {
  const at = on ?? (await world({}, { platforms: [{ os: 'linux', architecture: 'amd64' }] }))
  const [manifest] = at.image.manifests
  if (manifest === undefined) throw new Error('no manifest')
  await put(at, 'v1', indexOf([listed(manifest, { platform: manifest.platform, annotations })]))
  return at
}

async function one(): Promise<{ on: World; digest: string }> {
  const on = await world({}, { platforms: [{ os: 'linux', architecture: 'amd64' }] })
  return { on, digest: on.image.manifests[0]?.digest ?? '' }
}

/** Many signatures of nobody, with hints and names that put them first. */
function garbage(count: number, hint: typeof alice | null): Annotations {
  const bytes = (n: number): Uint8Array => new Uint8Array([0x30, 6, 2, 1, 1 + (n % 100), 2, 1, 1 + Math.floor(n / 100) % 100, n >> 8])
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [
    [`${SIGNATURE}.${String(n).padStart(6, '0')}`, Buffer.from(bytes(n)).toString('base64')] as const,
    ...(hint === null ? [] : [[`${KEY}.${String(n).padStart(6, '0')}`, Buffer.from(hint.signer.publicKey.keyId, 'hex').toString('base64')] as const]),
  ]).flat())
}

describe('T23: more signatures than anyone needs', () => {
  test('T23: 20,000 of nobody, and the one that counts named by its hint: tried first, the rest left', async () => {
    const { on, digest } = await one()
    await carrying({ ...garbage(20_000, null), ...(await sign(on, digest)) }, on)
    const { outcome, signatures } = await judge(on)
    expect(outcome).toBe('allow')
    expect(signatures.filter((state) => state === 'accepted')).toHaveLength(1)
    expect(signatures.filter((state) => state === 'not-checked not-needed').length).toBe(signatures.length - 1)
  })

  test('T23: forged hints push it out of the first 64: that is told, and is no deny by guess and no allow', async () => {
    const { on, digest } = await one()
    const wanted = await sign(on, digest)
    await carrying({ ...garbage(1_000, alice), ...wanted }, on)
    const first = await judge(on)
    expect([first.outcome, first.codes]).toEqual(['indeterminate', ['too-many-signatures']])
    expect(first.text).toMatch(/9\d\d signatures at sha256:[0-9a-f]{64} were not tried/)
    expect(first.signatures.filter((state) => state !== 'not-checked too-many-signatures')).toHaveLength(LIMITS.signaturesTried)
    const again = await judge(on)
    expect(again.signatures).toEqual(first.signatures)
  })

  test('T23: 100,000 entries in one JSON list', async () => {
    const { on } = await one()
    const list = JSON.stringify(Array.from({ length: 100_000 }, (_, n) => ({ signature: Buffer.from([n >> 16, n >> 8, n]).toString('base64') })))
    await carrying({ 'org.opencontainers.signature': list }, on)
    const { outcome, codes, signatures } = await judge(on)
    expect([outcome, codes]).toEqual(['indeterminate', ['too-many-signatures']])
    expect(signatures.filter((state) => state !== 'not-checked too-many-signatures')).toHaveLength(LIMITS.signaturesTried)
  })

  test('T23: the same signature a thousand times is one', async () => {
    const { on, digest } = await one()
    const [[, text] = ['', '']] = Object.entries(await sign(on, digest))
    await carrying(Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`${SIGNATURE}.${n}`, text])), on)
    expect((await judge(on)).signatures).toHaveLength(1)
  })
})

describe('one signature in two places', () => {
  test('with a wrong payload, or none, it does not hide itself where the right one is', async () => {
    const { on, digest } = await one()
    const payload = payloadOf(digest, on.name, { env: 'prod' })
    const signature = await alice.signer.sign(payload)
    const [subject] = on.image.manifests
    if (subject === undefined) throw new Error('no manifest')
    for (const wrong of [payloadOf(digest, 'elsewhere.example/app'), null]) {
      await carrying(annotated(signature, wrong, alice), on)
      expect((await judge(on)).outcome).toBe('deny')
      await atDigestTag(on, subject, annotated(signature, payload, alice))
      expect((await judge(on)).outcome).toBe('allow')
      on.server.store.repository('demo/app').manifests.delete(on.server.store.manifest('demo/app', subject.digest.replace(':', '-'))?.digest ?? '')
      on.server.store.repository('demo/app').tags.delete(subject.digest.replace(':', '-'))
    }
  })

  test('with the same payload it is one', async () => {
    const { on, digest } = await one()
    const annotations = await sign(on, digest)
    await carrying(annotations, on)
    await atDigestTag(on, on.image.manifests[0] ?? on.image.index, annotations)
    expect((await judge(on, { all: true })).signatures).toEqual(['accepted'])
  })
})

describe('payloads by the right key', () => {
  test.each([
    ['with a name twice', (digest: string) => `{"critical":{"identity":{"docker-reference":"x"},"image":{"docker-manifest-digest":"${digest}","docker-manifest-digest":"${digest}"},"type":"cosign container image signature"},"optional":null}`],
    ['with a name in other case', (digest: string) => `{"Critical":{},"critical":{"identity":{"docker-reference":"x"},"image":{"docker-manifest-digest":"${digest}"},"type":"cosign container image signature"},"optional":null}`],
    ['of another type', (digest: string) => `{"critical":{"identity":{"docker-reference":"x"},"image":{"docker-manifest-digest":"${digest}"},"type":"atomic container signature"},"optional":null}`],
    ['that is no JSON', (digest: string) => digest],
    ['that is the digest in JSON', (digest: string) => JSON.stringify(digest)],
    ['with a digest in upper case', (digest: string) => `{"critical":{"identity":{"docker-reference":"x"},"image":{"docker-manifest-digest":"${digest.toUpperCase()}"},"type":"cosign container image signature"},"optional":null}`],
    ['with a role of its own', (digest: string) => new TextDecoder().decode(payloadOf(digest, 'x', { 'dev.sealdex/role': 'admin' }))],
    ['with a time that is none', (digest: string) => new TextDecoder().decode(payloadOf(digest, 'x', { 'dev.sealdex/expiresAt': '2026-13-45T00:00:00Z' }))],
    ['with a platform that is a list', (digest: string) => new TextDecoder().decode(payloadOf(digest, 'x', { 'dev.sealdex/platform': [] }))],
  ])('%s: verified bytes are read as strictly as any others', async (_, text) => {
    const { on, digest } = await one()
    await carrying(await signed(alice, payloadOf(digest, on.name)), on)
    expect((await judge(on)).outcome).toBe('allow')
    await carrying(await signed(alice, text(digest)), on)
    const { outcome, signatures, verdict } = await judge(on)
    expect([outcome, signatures]).toEqual(['deny', ['invalid malformed']])
    expect(verdict.signers).toEqual([])
  })

  test('over another digest: a mismatch that names it', async () => {
    const { on } = await one()
    await carrying(await signed(alice, payloadOf(`sha256:${'0'.repeat(64)}`, on.name)), on)
    const { outcome, signatures } = await judge(on)
    expect([outcome, signatures]).toEqual(['deny', ['mismatch other-digest']])
  })

  test('a list signature covers nothing', async () => {
    const { on, digest } = await one()
    await carrying(await sign(on, digest, alice, { 'dev.sealdex/role': 'list' }), on)
    const { outcome, signatures } = await judge(on)
    expect([outcome, signatures]).toEqual(['deny', ['accepted']])
  })

  test('for another platform than the entry says', async () => {
    const { on, digest } = await one()
    await carrying(await sign(on, digest, alice, { 'dev.sealdex/platform': 'linux/arm64' }), on)
    expect((await judge(on)).signatures).toEqual(['mismatch other-facts'])
  })
})

describe('T48: base64 in annotations', () => {
  test.each([
    ['blanks', (text: string) => ` ${text}`], ['a line break', (text: string) => `${text}\n`], ['no padding', (text: string) => text.replace(/=+$/, '').slice(0, -1)], ['URL-safe letters', (text: string) => `${text.slice(0, -4)}-_8=`], ['nothing', () => ''],
  ])('%s: invalid, and told', async (_, change) => {
    const { on, digest } = await one()
    const annotations = Object.fromEntries(Object.entries(await sign(on, digest)).map(([name, text]) => [name, name.startsWith(SIGNATURE) ? change(text) : text]))
    await carrying(annotations, on)
    const { outcome, signatures } = await judge(on)
    expect([outcome, signatures]).toEqual(['deny', ['invalid malformed-signature']])
  })

  test('a payload that is no base64 makes its signature invalid; another that counts beside it does', async () => {
    const { on, digest } = await one()
    const broken = Object.fromEntries(Object.entries(await sign(on, digest, alice, { a: 'b' })).map(([name, text]) => [name, name.startsWith(PAYLOAD) ? '!' : text]))
    await carrying(broken, on)
    expect((await judge(on)).outcome).toBe('deny')
    await carrying({ ...broken, ...(await sign(on, digest)) }, on)
    const { outcome, signatures } = await judge(on, { all: true })
    expect(outcome).toBe('allow')
    expect(signatures).toContain('invalid malformed-signature')
  })
})

test('a signature made of garbage beside an honest one decides nothing', async () => {
  const on = await world()
  await flat(on)
  const entries = (await flatEntries(on)).map((entry) => ({ ...entry, annotations: { ...entry.annotations, ...annotated(new Uint8Array(70), null, alice) } }))
  await put(on, 'v1', indexOf(entries))
  expect((await judge(on, { all: true })).outcome).toBe('allow')
  await atDigestTag(on, on.image.index, { [SIGNATURE]: '!' })
  expect((await judge(`${on.name}@${on.image.index.digest}`)).outcome).toBe('deny')
})
