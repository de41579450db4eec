import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateKey, parsePrivateKey } from '../../src/crypto/private-key.ts'
import { verifySignature } from '../../src/crypto/signature.ts'
import { parseJws } from '../../src/envelope/jws.ts'
import { namedAlgorithm, notationAlgorithm } from '../../src/envelope/notation-attributes.ts'
import { parseNotationPayload, writeNotationPayload } from '../../src/envelope/notation-payload.ts'
import { writeJws } from '../../src/envelope/write-jws.ts'

const bytes = (most: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> => fc.uint8Array({ minLength: 1, maxLength: most }).map((array) => Uint8Array.from(array))
const time = fc.integer({ min: 0, max: 253_402_300_799 })

test('what is written as JWS is read as it was meant, and the signature covers it', async () => {
  const choices = { payload: bytes(300), jose: fc.constantFrom('PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'), times: fc.tuple(time, fc.option(time)), certificates: fc.array(bytes(40), { minLength: 1, maxLength: 10 }), agent: fc.string(), signature: bytes(132) }
  await fc.assert(fc.asyncProperty(fc.record(choices), async ({ payload, jose, times: [a, b], certificates, agent, signature }) => {
    const [signingTime, expiry] = b === null || a === b ? [a, null] : [Math.min(a, b), Math.max(a, b)]
    let signed = new Uint8Array(0)
    const sign = async (asked: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => {
      signed = asked
      return signature
    }
    const algorithm = namedAlgorithm(jose)
    const read = parseJws(await writeJws({ payload, algorithm, signingTime, expiry, certificates, agent, sign }))
    expect(read).toEqual({ payload, algorithm, signingTime, expiry, certificates, signature, signed, signingAuthority: false, timestamp: null })
  }))
})

test('the payload is read as it was written', () => {
  const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => `sha256:${Buffer.from(array).toString('hex')}` as const)
  fc.assert(fc.property(digest, fc.string({ minLength: 1 }), fc.maxSafeNat(), (one, mediaType, size) => {
    const target = { digest: one as Parameters<typeof writeNotationPayload>[0]['digest'], mediaType, size }
    expect(parseNotationPayload(writeNotationPayload(target))).toEqual({ ...target, annotations: new Map() })
  }))
})

describe('an RSA key signs as notation wants it where it is asked to', () => {
  test.each([[2048, 'rsa-pss-sha256'], [3072, 'rsa-pss-sha384']] as const)('%d bits: %s', async (bits, name) => {
    const { pkcs8Pem, signer: { algorithm } } = await generateKey('rsa', bits)
    const signer = await parsePrivateKey(pkcs8Pem(), undefined, 'pss')
    expect([algorithm, signer.algorithm, notationAlgorithm(signer.publicKey)?.name]).toEqual(['rsa-pkcs1-sha256', name, name])
    const message = new TextEncoder().encode('message')
    const signature = await signer.sign(message)
    expect([await verifySignature(signer.publicKey, name, signature, message), await verifySignature(signer.publicKey, algorithm, signature, message)]).toEqual([true, false])
  })

  test('others know one way', async () => {
    for (const type of ['ec-p384', 'ed25519'] as const) {
      const { pkcs8Pem, signer } = await generateKey(type)
      expect((await parsePrivateKey(pkcs8Pem(), undefined, 'pss')).algorithm).toBe(signer.algorithm)
    }
  })
})
