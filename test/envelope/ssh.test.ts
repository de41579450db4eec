import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Decode, concatBytes, hexDecode, utf8Encode } from '../../src/base/bytes.ts'
import { parsePublicKey } from '../../src/crypto/public-key.ts'
import { sshString } from '../../src/crypto/ssh-wire.ts'
import { parseSshSignature, verifySshSignature } from '../../src/envelope/ssh.ts'
import { DESCRIPTOR, SSH } from './ssh-vectors.ts'

const malformed = expect.objectContaining({ code: 'malformed' })
const bare = (armored: string): Uint8Array<ArrayBuffer> => base64Decode(armored.split('\n').slice(1, -2).join(''))

describe.each(SSH)('OpenSSH wrote: $name', ({ publicKey, namespace, message, armored }) => {
  test('key and namespace are read, and the message verifies', async () => {
    const signature = parseSshSignature(armored)
    expect(signature.publicKey).toEqual(await parsePublicKey(publicKey))
    expect(signature.namespace).toBe(namespace)
    expect(signature.hashAlgorithm).toBe('sha512')
    expect(await verifySshSignature(signature, utf8Encode(message))).toBe(true)
    expect(await verifySshSignature(signature, utf8Encode(`${message} `))).toBe(false)
  })

  test('armored text, its bytes and bare bytes are the same', () => {
    const signature = parseSshSignature(armored)
    expect(parseSshSignature(bare(armored))).toEqual(signature)
    expect(parseSshSignature(utf8Encode(armored))).toEqual(signature)
    expect(parseSshSignature(armored.replaceAll('\n', '\r\n'))).toEqual(signature)
  })

  test('the namespace and the hash are signed', async () => {
    const signature = parseSshSignature(armored)
    expect(await verifySshSignature({ ...signature, namespace: 'git' }, utf8Encode(message))).toBe(false)
    expect(await verifySshSignature({ ...signature, hashAlgorithm: 'sha256' }, utf8Encode(message))).toBe(false)
  })

  test('with a bit flipped it is refused or does not verify', async () => {
    const bytes = bare(armored)
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const changed = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      try {
        expect(await verifySshSignature(parseSshSignature(changed), utf8Encode(message))).toBe(false)
      } catch (error) {
        expect(error).toHaveProperty('code', expect.stringMatching(/^(malformed|bad-key)$/))
      }
    }), { numRuns: 100 })
  })
})

describe('what breaks the format', () => {
  const vector = SSH.find(({ name }) => name === 'fixture ecdsa')
  const key = base64Decode(vector?.publicKey.split(' ')[1] ?? '')
  const good = parseSshSignature(vector?.armored ?? '').signature
  const mpint = (bytes: Uint8Array): Uint8Array => ((bytes[0] ?? 0) > 127 ? Uint8Array.of(0, ...bytes) : bytes)
  const [r, s] = [mpint(good.subarray(0, 32)), mpint(good.subarray(32))]
  const scalars = (...numbers: readonly Uint8Array[]): Uint8Array => concatBytes(...numbers.map(sshString))

  interface Parts { start: string, version: number, key: Uint8Array, namespace: string, reserved: string, hash: string, format: string, content: Uint8Array, behind: Uint8Array }
  const build = (parts: Partial<Parts> = {}): Uint8Array<ArrayBuffer> => {
    const all = { start: 'SSHSIG', version: 1, key, namespace: 'org.notaryproject.sign', reserved: '', hash: 'sha512', format: 'ecdsa-sha2-nistp256', content: scalars(r, s), behind: new Uint8Array(0), ...parts }
    return concatBytes(utf8Encode(all.start), Uint8Array.of(0, 0, 0, all.version), sshString(all.key), sshString(all.namespace), sshString(all.reserved), sshString(all.hash),
      sshString(concatBytes(sshString(all.format), sshString(all.content))), all.behind)
  }

  test('the parts put together again verify', async () => {
    expect(good[32]).toBeGreaterThan(127)
    expect(await verifySshSignature(parseSshSignature(build()), utf8Encode(DESCRIPTOR))).toBe(true)
  })

  test.each<[string, Partial<Parts>]>([
    ['another magic', { start: 'SSHSIX' }], ['version 2', { version: 2 }], ['no namespace', { namespace: '' }], ['bytes in the reserved field', { reserved: 'x' }], ['SHA-1', { hash: 'sha1' }], ['no hash', { hash: '' }],
    ['bytes behind', { behind: Uint8Array.of(0) }], ['ssh-rsa, which is SHA-1', { format: 'ssh-rsa' }], ['a security key\'s format', { format: 'sk-ecdsa-sha2-nistp256@openssh.com' }],
    ['T39: r with a zero more', { content: scalars(Uint8Array.of(0, ...r), s) }], ['T39: s with a zero more', { content: scalars(r, Uint8Array.of(0, ...s)) }], ['r = 0', { content: scalars(new Uint8Array(0), s) }],
    ['s negative', { content: scalars(r, good.subarray(32)) }], ['s too long', { content: scalars(r, Uint8Array.of(1, ...s)) }], ['a third number', { content: scalars(r, s, r) }], ['one number', { content: scalars(r) }],
  ])('%s is refused', (_, parts) => {
    expect(() => parseSshSignature(build(parts))).toThrow(malformed)
  })

  test('a format of another key does not verify', async () => {
    expect(await verifySshSignature(parseSshSignature(build({ format: 'ssh-ed25519', content: new Uint8Array(64) })), utf8Encode(DESCRIPTOR))).toBe(false)
  })

  test('keys that are not accepted are refused as keys', () => {
    const bad = expect.objectContaining({ code: 'bad-key' })
    expect(() => parseSshSignature(build({ key: sshString('sk-ssh-ed25519@openssh.com') }))).toThrow(bad)
    expect(() => parseSshSignature(build({ key: concatBytes(sshString('ssh-ed25519'), sshString(hexDecode('00'.repeat(32)))) }))).toThrow(bad)
  })

  test.each([
    ['nothing', ''], ['bare base64', 'U1NIU0lHAAAAAQ=='], ['another armor', '-----BEGIN PGP SIGNATURE-----\nAAAA\n-----END PGP SIGNATURE-----'], ['text before', `x\n${vector?.armored}`], ['a cut armor', vector?.armored.slice(0, 200) ?? ''],
    ['base64 that is not canonical', '-----BEGIN SSH SIGNATURE-----\nAAA\n-----END SSH SIGNATURE-----'], ['cut bytes', '-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----'],
  ])('%s is refused', (_, text) => {
    expect(() => parseSshSignature(text)).toThrow(malformed)
  })
})
