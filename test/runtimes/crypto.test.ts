import { generateKeyPairSync, sign } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { base64Decode, hexEncode, utf8Encode } from '../../src/base/bytes.ts'
import { parsePublicKey } from '../../src/crypto/public-key.ts'
import { COSIGN, PASSWORD, PREHASHED } from '../crypto/vectors.ts'
import type { Group } from '../suites/wycheproof-run.ts'
import { runInChromium, runInNode, runInWorkerd } from './launch.ts'

const RUNTIMES = [['node', runInNode], ['workerd', runInWorkerd], ['chromium', runInChromium]] as const
const entry = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const TYPES = ['ec-p256', 'ec-p384', 'ec-p521', 'rsa', 'ed25519']

/** Signatures about which WebCrypto runtimes differ when they are asked directly, beside good ones. The id says what has to come out. */
async function groups(): Promise<readonly Group[]> {
  const [p256, ed25519] = COSIGN
  if (p256 === undefined || ed25519 === undefined) throw new Error('no vectors')
  const spki = async (pem: string): Promise<string> => hexEncode((await parsePublicKey(pem)).spki)
  const good = hexEncode(base64Decode(ed25519.signature))
  const ecdsa = hexEncode(base64Decode(p256.signature))
  const message = hexEncode(utf8Encode(ed25519.blob))
  const forged = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
  const identity = `01${'00'.repeat(31)}`
  return [
    { algorithm: 'ed25519', form: 'raw', spki: await spki(ed25519.publicKey), tests: [
      { id: 'accepted: pure Ed25519', message, signature: good }, { id: 'refused: S of another', message, signature: good.slice(0, 64) + ecdsa.slice(16, 80) },
      { id: 'refused: R is the identity', message, signature: identity + '00'.repeat(32) }, { id: 'refused: cut', message, signature: good.slice(2) }, { id: 'refused: empty', message, signature: '' },
    ] },
    { algorithm: 'ed25519ph', form: 'raw', spki: await spki(PREHASHED.publicKey), tests: [
      { id: 'accepted: Ed25519ph', message: hexEncode(utf8Encode(PREHASHED.payload)), signature: hexEncode(base64Decode(PREHASHED.signature)) },
    ] },
    { algorithm: 'ed25519', form: 'raw', spki: `302a300506032b6570032100${identity}`, tests: [{ id: 'key-refused: low order, for which anything verifies', message, signature: identity + '00'.repeat(32) }] },
    { algorithm: 'ecdsa-p256-sha256', form: 'der', spki: await spki(p256.publicKey), tests: [
      { id: 'accepted: ECDSA', message: hexEncode(utf8Encode(p256.blob)), signature: ecdsa }, { id: 'refused: r = s = 0', message, signature: '3006020100020100' },
      { id: 'refused: cut ECDSA', message, signature: ecdsa.slice(0, -2) }, { id: 'refused: BER', message: hexEncode(utf8Encode(p256.blob)), signature: `3081${ecdsa.slice(2)}` },
    ] },
    { algorithm: 'rsa-pkcs1-sha256', form: 'raw', spki: forged.publicKey.export({ type: 'spki', format: 'der' }).toString('hex'), tests: [
      { id: 'key-refused: e = 3', message: '00', signature: sign('sha256', Buffer.of(0), forged.privateKey).toString('hex') },
    ] },
  ]
}

describe.each(RUNTIMES)('%s', (_, run) => {
  test('T39 to T45: gives the one right answer', async () => {
    const input = await groups()
    const ids = input.flatMap(({ tests }) => tests.map(({ id }) => id))
    expect(await run(entry('../suites/wycheproof-run.ts'), input)).toEqual(Object.fromEntries(ids.map((id) => [id, id.split(':')[0]])))
  })

  test('reads, makes and uses keys of each type', async () => {
    const pairs = [generateKeyPairSync('ec', { namedCurve: 'P-521' }), generateKeyPairSync('ed25519'), generateKeyPairSync('rsa', { modulusLength: 2048 })]
    const pkcs8 = pairs.map(({ privateKey }) => String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
    const answer = await run(entry('crypto-run.ts'), { pkcs8, types: TYPES, encrypted: COSIGN.map(({ privateKey }) => privateKey), password: PASSWORD })
    const ids = await Promise.all([...pairs.map(({ publicKey }) => String(publicKey.export({ type: 'spki', format: 'pem' }))), ...COSIGN.map(({ publicKey }) => publicKey)].map(async (pem) => (await parsePublicKey(pem)).keyId))
    expect(answer).toEqual([
      `ec-p521, ecdsa-p521-sha512, ${ids[0]}, true`, `ed25519, ed25519, ${ids[1]}, true`, `rsa, rsa-pkcs1-sha256, ${ids[2]}, true`,
      'ec-p256, ecdsa-p256-sha256, made, true', 'ec-p384, ecdsa-p384-sha384, made, true', 'ec-p521, ecdsa-p521-sha512, made, true', 'rsa, rsa-pkcs1-sha256, made, true', 'ed25519, ed25519, made, true',
      ids[3], ids[4],
    ])
  })
})
