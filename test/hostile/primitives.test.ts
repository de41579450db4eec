import { createPrivateKey, generateKeyPairSync, privateEncrypt, constants, createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { sshString } from '../../src/crypto/ssh-wire.ts'
import { generateKey, type GeneratedKey } from '../../src/crypto/private-key.ts'
import { readEcdsaSignature, writeEcdsaSignature } from '../../src/crypto/signature.ts'
import { parsePolicy, policyFromKeys, policyFromOptions } from '../../src/index.ts'
import { alice, annotated, indexOf, judge, listed, payloadOf, put, SIGNATURE, world, type Annotations, type Judged, type World } from './support.ts'

interface One {
  readonly on: World
  readonly payload: Uint8Array<ArrayBuffer>
}

async function one(): Promise<One> {
  const on = await world({}, { platforms: [{ os: 'linux', architecture: 'amd64' }] })
  return { on, payload: payloadOf(on.image.manifests[0]?.digest ?? '', on.name) }
}

async function judgedWith({ on }: One, annotations: Annotations, keys: readonly string[] = [alice.publicPem]): Promise<Judged> {
  const [manifest] = on.image.manifests
  if (manifest === undefined) throw new Error('no manifest')
  await put(on, 'v1', indexOf([listed(manifest, { platform: manifest.platform, annotations })]))
  return judge(on, { policy: policyFromKeys(keys) })
}

const REFUSED = ['deny', ['untrusted no-trusted-key']]
const shown = ({ outcome, signatures }: Judged): unknown => [outcome, signatures]

const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const bytesOf = (n: bigint): Buffer => Buffer.from(n.toString(16).padStart(64, '0'), 'hex')

describe('T39: ECDSA in other than the one form', () => {
  const tlv = (tag: number, content: Uint8Array, length: readonly number[] = [content.length]): Buffer => Buffer.concat([Buffer.from([tag, ...length]), content])
  const minimal = (half: Uint8Array): Uint8Array => {
    const cut = half.subarray(half.findIndex((byte) => byte !== 0))
    return (cut[0] ?? 0) & 0x80 ? concatBytes(new Uint8Array(1), cut) : cut
  }
  const der = (r: Uint8Array, s: Uint8Array): Buffer => tlv(0x30, Buffer.concat([tlv(2, minimal(r)), tlv(2, minimal(s))]))

  /** One whose r needs no zero before it, so that a zero there is one too many (signing is random). */
  async function withSmallR(payload: Uint8Array<ArrayBuffer>): Promise<Buffer> {
    for (;;) {
      const signature = Buffer.from(await alice.signer.sign(payload))
      if (signature[3] === 32) return signature
    }
  }

  test.each<[string, (r: Buffer, s: Buffer, whole: Buffer) => Uint8Array]>([
    ['a BER length', (r, s) => { const inner = Buffer.concat([tlv(2, minimal(r)), tlv(2, minimal(s))]); return tlv(0x30, inner, [0x81, inner.length]) }],
    ['a leading zero', (r, s) => tlv(0x30, Buffer.concat([tlv(2, concatBytes(new Uint8Array(1), minimal(r))), tlv(2, minimal(s))]))],
    ['indefinite length', (r, s) => Buffer.concat([Buffer.from([0x30, 0x80]), tlv(2, minimal(r)), tlv(2, minimal(s)), Buffer.from([0, 0])])],
    ['bytes behind', (_r, _s, whole) => Buffer.concat([whole, Buffer.from([0])])],
    ['a third number', (r, s) => tlv(0x30, Buffer.concat([tlv(2, minimal(r)), tlv(2, minimal(s)), tlv(2, Buffer.from([1]))]))],
    ['r = 0', (_, s) => der(Buffer.from([...Array<number>(31).fill(0), 0]), s)],
    ['s + n', (r, s) => tlv(0x30, Buffer.concat([tlv(2, minimal(r)), tlv(2, Buffer.concat([Buffer.from([1]), bytesOf((BigInt(`0x${s.toString('hex')}`) + N) & ((1n << 256n) - 1n))]))]))],
    ['r and s one after the other', (r, s) => Buffer.concat([r, s])],
  ])('T39: %s', async (_, change) => {
    const given = await one()
    const honest = await withSmallR(given.payload)
    expect((await judgedWith(given, annotated(honest, given.payload))).outcome).toBe('allow')
    const raw = Buffer.from(readEcdsaSignature(honest, 32) ?? [])
    expect(shown(await judgedWith(given, annotated(change(raw.subarray(0, 32), raw.subarray(32), honest), given.payload, alice)))).toEqual(REFUSED)
  })
})

describe('T40, T42, T43: keys that nobody should have', () => {
  const ec = (x: Uint8Array, y: Uint8Array): string => JSON.stringify({ kty: 'EC', crv: 'P-256', x: Buffer.from(x).toString('base64url'), y: Buffer.from(y).toString('base64url') })
  const okp = (x: readonly number[]): string => JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: Buffer.from([...x, ...Array<number>(32 - x.length).fill(0)]).toString('base64url') })
  const rsa = (bits: number, e: string, fill = 0xff): string => JSON.stringify({ kty: 'RSA', n: Buffer.alloc(bits / 8, fill).toString('base64url'), e })
  const raw = alice.signer.publicKey.raw

  test.each([
    ['T40: a point off the curve', ec(raw.subarray(1, 33), raw.subarray(1, 33))],
    ['T40: infinity', ec(new Uint8Array(32), new Uint8Array(32))],
    ['T40: a coordinate of p or more', ec(new Uint8Array(32).fill(255), raw.subarray(33))],
    ['T42: the identity', okp([1])],
    ['T42: a point of order 4', okp([])],
    ['T42: not canonical', okp([0xee, ...Array<number>(30).fill(0xff), 0x7f])],
    ['T43: e = 1', rsa(2048, 'AQ')],
    ['T43: e = 3', rsa(2048, 'Aw')],
    ['T43: 512 bits', rsa(512, 'AQAB')],
    ['T43: 16,384 bits', rsa(16_384, 'AQAB')],
  ])('%s is no key of a policy, in options or in a file', async (_, key) => {
    await expect(policyFromKeys([key])).rejects.toMatchObject({ code: 'bad-key' })
    const file = { version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { s: { keys: [{ key }] } } }] }
    await expect(parsePolicy(JSON.stringify(file))).rejects.toMatchObject({ code: 'bad-policy', message: expect.stringContaining('signer "s" in policy "p"') as string })
  })

  test('T43: nor does one that comes with an SSH signature count, though it verifies it', async () => {
    const given = await one()
    const descriptor = new TextEncoder().encode(JSON.stringify(listed(given.on.image.manifests[0] as World['image']['index'])))
    const blob = concatBytes(sshString('ssh-rsa'), sshString(Uint8Array.of(1)), sshString(concatBytes(Uint8Array.of(0), new Uint8Array(256).fill(255))))
    const signature = sshSignature(blob, 'org.notaryproject.sign', 'rsa-sha2-256', new Uint8Array(256))
    const { outcome, signatures } = await judgedWith(given, inline(descriptor, signature))
    expect([outcome, signatures]).toEqual(['deny', ['unsupported form-unsupported']])
  })
})

test('T41: (r, n - s) verifies too: two signatures, one signer', async () => {
  const given = await one()
  const honest = await alice.signer.sign(given.payload)
  const raw = Buffer.from(readEcdsaSignature(honest, 32) ?? [])
  const twin = writeEcdsaSignature(Buffer.concat([raw.subarray(0, 32), bytesOf(N - BigInt(`0x${raw.subarray(32).toString('hex')}`))]))
  const { outcome, verdict } = await judgedWith(given, annotated(twin, given.payload))
  expect([outcome, verdict.signers.length]).toEqual(['allow', 1])
  const [manifest] = given.on.image.manifests
  await put(given.on, 'v1', indexOf([listed(manifest as World['image']['index'], { platform: manifest?.platform, annotations: { ...annotated(honest, given.payload), ...annotated(twin, given.payload) } })]))
  const other = await generateKey()
  const signers = { alice: { keys: [{ key: alice.publicPem }] }, other: { keys: [{ key: other.publicPem }] } }
  const two = parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers, require: { signatures: { threshold: 2 } } }] }))
  const both = await judge(given.on, { policy: two })
  expect([both.outcome, both.codes, both.signatures]).toEqual(['deny', ['threshold-not-met'], ['accepted', 'accepted']])
})

describe('T42: Ed25519', () => {
  const L = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn
  const little = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

  test.each<[string, (signature: Uint8Array) => Uint8Array]>([
    ['S + L', (signature) => Buffer.concat([signature.subarray(0, 32), bytesOf(little(signature.subarray(32)) + L).reverse()])],
    ['R of low order', (signature) => Buffer.concat([Buffer.from([1, ...Array<number>(31).fill(0)]), signature.subarray(32)])],
    ['R not canonical', (signature) => Buffer.concat([Buffer.from([0xee, ...Array<number>(30).fill(0xff), 0x7f]), signature.subarray(32)])],
    ['all zeros', () => new Uint8Array(64)],
  ])('T42: %s', async (_, change) => {
    const [given, key] = [await one(), await generateKey('ed25519')]
    const honest = await key.signer.sign(given.payload)
    expect((await judgedWith(given, annotated(honest, given.payload), [key.publicPem])).outcome).toBe('allow')
    expect(shown(await judgedWith(given, annotated(change(honest), given.payload, key), [key.publicPem]))).toEqual(REFUSED)
  })
})

describe('T44: RSA padding', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const info = (prefix: string) => (payload: Uint8Array): Buffer => Buffer.concat([Buffer.from(prefix, 'hex'), createHash('sha256').update(payload).digest()])
  const padded = (block: Buffer): Buffer => privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, block)
  const SHA256 = '3031300d060960864801650304020105000420'

  test.each<[string, (payload: Uint8Array) => Buffer]>([
    ['no NULL in the algorithm', (payload) => padded(info('302f300b06096086480165030402010420')(payload))],
    ['the bare hash', (payload) => padded(info('')(payload))],
    ['bytes behind the hash', (payload) => padded(Buffer.concat([info(SHA256)(payload), Buffer.from([0])]))],
    ['padding of another kind', (payload) => {
      const block = Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(256 - 3 - 51, 0xff), Buffer.from([0]), info(SHA256)(payload)])
      return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
    }],
    ['short padding, bytes behind', (payload) => {
      const block = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]), info(SHA256)(payload), Buffer.alloc(256 - 11 - 51, 7)])
      return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block)
    }],
  ])('T44: %s', async (_, forge) => {
    const given = await one()
    expect((await judgedWith(given, annotated(padded(info(SHA256)(given.payload)), given.payload), [pem])).outcome).toBe('allow')
    expect(shown(await judgedWith(given, annotated(forge(given.payload), given.payload), [pem]))).toEqual(REFUSED)
  })
})

test.each(['ec-p256', 'ec-p384', 'ec-p521', 'ed25519', 'rsa'] as const)('T45: signatures of wrong lengths for %s are nobody\'s, and no error', async (type) => {
  const [given, key] = [await one(), await generateKey(type)]
  const honest = await key.signer.sign(given.payload)
  const wrong = [1, 2, 63, 64, 65, 96, 132, 255, 256, 257, 384, 5_000].map((length) => new Uint8Array(length).fill(0x30))
  const cut = [honest.slice(0, -1), concatBytes(honest, new Uint8Array(1)), concatBytes(new Uint8Array(1), honest)]
  const annotations = Object.assign({}, ...[...wrong, ...cut].map((signature) => annotated(signature, given.payload, key))) as Annotations
  const { outcome, signatures } = await judgedWith(given, annotations, [key.publicPem])
  expect([outcome, new Set(signatures), signatures.length]).toEqual(['deny', new Set(['untrusted no-trusted-key']), wrong.length + cut.length])
  expect((await judgedWith(given, { ...annotations, ...annotated(honest, given.payload, key) }, [key.publicPem])).outcome).toBe('allow')
})

describe('SSH', () => {
  async function ssh(namespace: string, change: (descriptor: Record<string, unknown>) => Record<string, unknown> = (descriptor) => descriptor): Promise<{ given: One; annotations: Annotations; line: string }> {
    const [given, key] = [await one(), await generateKey('ed25519')]
    const [manifest] = given.on.image.manifests
    const descriptor = new TextEncoder().encode(JSON.stringify(change({ ...listed(manifest as World['image']['index']), platform: manifest?.platform })))
    const blob = sshBlob(key)
    const hash = createHash('sha512').update(descriptor).digest()
    const signed = concatBytes(new TextEncoder().encode('SSHSIG'), sshString(namespace), sshString(''), sshString('sha512'), sshString(Uint8Array.from(hash)))
    const armored = sshSignature(blob, namespace, 'ssh-ed25519', await key.signer.sign(signed))
    return { given, annotations: inline(descriptor, armored), line: `ssh-ed25519 ${Buffer.from(blob).toString('base64')}` }
  }

  test('honest: allowed; in another namespace: invalid', async () => {
    const honest = await ssh('org.notaryproject.sign')
    expect((await judgedWith(honest.given, honest.annotations, [honest.line])).outcome).toBe('allow')
    const file = await ssh('file')
    expect(shown(await judgedWith(file.given, file.annotations, [file.line]))).toEqual(['deny', ['invalid namespace-mismatch']])
  })

  test('a signer that allowed_signers names for another namespace alone', async () => {
    const { given, annotations, line } = await ssh('org.notaryproject.sign')
    await judgedWith(given, annotations)
    const allowed = (namespaces: string) => judge(given.on, { policy: policyFromOptions({ allowedSigners: `ann@example.org namespaces="${namespaces}" ${line}` }) })
    expect((await allowed('org.notaryproject.sign')).outcome).toBe('allow')
    expect(shown(await allowed('git,file'))).toEqual(['deny', ['untrusted namespace-mismatch']])
  })

  test.each<[string, (descriptor: Record<string, unknown>) => Record<string, unknown>, string]>([
    ['another digest', (descriptor) => ({ ...descriptor, digest: `sha256:${'0'.repeat(64)}` }), 'mismatch other-digest'],
    ['another size', (descriptor) => ({ ...descriptor, size: 1 }), 'mismatch other-facts'],
    ['another media type', (descriptor) => ({ ...descriptor, mediaType: 'text/html' }), 'mismatch other-facts'],
    ['another platform', (descriptor) => ({ ...descriptor, platform: { os: 'linux', architecture: 'arm64' } }), 'mismatch other-facts'],
    ['an annotation that is not there', (descriptor) => ({ ...descriptor, annotations: { env: 'prod' } }), 'mismatch other-facts'],
  ])('a signed descriptor with %s (R4)', async (_, change, state) => {
    const { given, annotations, line } = await ssh('org.notaryproject.sign', change)
    expect(shown(await judgedWith(given, annotations, [line]))).toEqual(['deny', [state]])
  })

  test('T39, T45: a broken one is invalid', async () => {
    const { given, annotations, line } = await ssh('org.notaryproject.sign')
    const data = 'org.notaryproject.signature.data'
    const broken = { ...annotations, [data]: Buffer.from(Buffer.from(annotations[data] ?? '', 'base64').toString().replace(/A/, 'B')).toString('base64') }
    const { outcome, signatures } = await judgedWith(given, broken, [line])
    expect(outcome).toBe('deny')
    expect(signatures[0]).toMatch(/^invalid/)
  })
})

function sshBlob(key: GeneratedKey): Uint8Array<ArrayBuffer> {
  return concatBytes(sshString('ssh-ed25519'), sshString(key.signer.publicKey.raw))
}

function sshSignature(blob: Uint8Array<ArrayBuffer>, namespace: string, format: string, signature: Uint8Array<ArrayBuffer>): string {
  const bytes = concatBytes(
    new TextEncoder().encode('SSHSIG'), Uint8Array.of(0, 0, 0, 1), sshString(blob), sshString(namespace), sshString(''), sshString(format.startsWith('rsa') ? 'sha256' : 'sha512'),
    sshString(concatBytes(sshString(format), sshString(signature))),
  )
  return `-----BEGIN SSH SIGNATURE-----\n${(Buffer.from(bytes).toString('base64').match(/.{1,70}/g) ?? []).join('\n')}\n-----END SSH SIGNATURE-----\n`
}

function inline(descriptor: Uint8Array, armored: string): Annotations {
  const prefix = 'org.notaryproject.signature.'
  return {
    [`${prefix}version`]: '0.2', [`${prefix}type`]: 'ssh', [`${prefix}identity`]: SIGNATURE,
    [`${prefix}descriptor`]: Buffer.from(descriptor).toString('base64'), [`${prefix}data`]: Buffer.from(armored).toString('base64'),
  }
}
