import { describe, expect, test } from 'vitest'
import { basicConstraints, CODE_SIGNING, extendedKeyUsage, keyUsage, SERVER_AUTH } from '../sigstore/kit/certificate.ts'
import { pem } from '../sigstore/kit/keys.ts'
import { NOW } from '../sigstore/kit/window.ts'
import { generateKey, type Signer } from '../../src/crypto/private-key.ts'
import type { PartyChoices } from '../notation/kit.ts'
import { bench, type Bench } from './fixture.ts'
import { exported, person, type Person } from './notation-export.ts'

const puts = (at: Bench): readonly string[] => at.requests.filter((request) => !/^(?:GET|HEAD) /.test(request))

/** Refused with a code and a sentence that says what to do, and nothing is written. */
async function expectRefused(who: Person, changes: Parameters<typeof exported>[2], code: string, said: string): Promise<void> {
  const at = await bench()
  await at.sign(who.signer)
  at.requests.length = 0
  await expect(exported(at, who, changes)).rejects.toMatchObject({ code, message: expect.stringContaining(said) as string })
  expect(puts(at)).toEqual([])
}

describe('a certificate that nobody would accept is not signed with', () => {
  test.each<readonly [string, PartyChoices['leaf'], string, string]>([
    ['expired', { notAfter: NOW - 1 }, 'certificate-expired', 'renewed'],
    ['not valid yet', { notBefore: NOW + 1 }, 'certificate-expired', 'is valid from'],
    ['of an authority', { extensions: [keyUsage('digitalSignature'), basicConstraints(true)] }, 'certificate-misused', 'one of an authority'],
    ['for issuing', { extensions: [keyUsage('certSign')] }, 'certificate-misused', 'does not allow signatures'],
    ['without a key usage', { extensions: [extendedKeyUsage([CODE_SIGNING])] }, 'certificate-misused', 'no critical key usage'],
    ['for servers', { extensions: [keyUsage('digitalSignature'), extendedKeyUsage([SERVER_AUTH])] }, 'certificate-misused', 'not code signing alone'],
  ])('%s', async (_, changes, code, said) => {
    await expectRefused(await person('ec-p256', 2048, changes), {}, code, said)
  })

  test('as long as it is valid it is taken, to the second', async () => {
    const at = await bench()
    const who = await person('ec-p256', 2048, { notAfter: NOW, extensions: [keyUsage('digitalSignature')] })
    await at.sign(who.signer)
    expect((await exported(at, who)).written).toHaveLength(1)
  })
})

describe('what comes along is the chain of this key, the root last', () => {
  const blocks = ({ party }: Person): readonly string[] => party.chain.map((der) => pem('CERTIFICATE', der))

  test('for another key', async () => {
    await expectRefused(await person(), { certificates: (await person()).certificates }, 'bad-certificate', 'The first certificate is for the key')
  })

  test('in another order', async () => {
    const who = await person()
    await expectRefused(who, { certificates: [...blocks(who)].reverse().join('') }, 'bad-certificate', 'is not the first one')
  })

  test('without its root', async () => {
    const who = await person()
    await expectRefused(who, { certificates: blocks(who)[0] ?? '' }, 'untrusted-certificate', 'the root as the last')
  })

  test('with the root of another', async () => {
    const who = await person()
    await expectRefused(who, { certificates: `${blocks(who)[0] ?? ''}${blocks(await person())[1] ?? ''}` }, 'untrusted-certificate', 'the root as the last')
  })

  test('with something after the root', async () => {
    const who = await person()
    await expectRefused(who, { certificates: `${blocks(who).join('')}${blocks(await person())[1] ?? ''}` }, 'untrusted-certificate', 'the root as the last')
  })

  test.each([['nothing', ''], ['no PEM', 'certificate'], ['a broken one', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'], ['a key', pem('PRIVATE KEY', new Uint8Array(3))]])('%s', async (_, certificates) => {
    await expectRefused(await person(), { certificates }, 'bad-certificate', 'Give PEM certificates')
  })
})

describe('cannot-convert', () => {
  test('Ed25519, by its name', async () => {
    await expectRefused(await person('ed25519'), {}, 'cannot-convert', 'no algorithm for Ed25519 keys')
  })

  test('an RSA key that signs as cosign does', async () => {
    const who = await person('rsa')
    await expectRefused(who, { signer: who.signer }, 'cannot-convert', 'PS256')
  })

  test('without certificates', async () => {
    const { certificates: _, ...who } = await person()
    const at = await bench()
    await expect(exported(at, who as Person)).rejects.toMatchObject({ code: 'cannot-convert', message: expect.stringContaining('--certificate FILE') as string })
  })
})

test('a signer that answers something else than signatures of its key: nothing is written', async () => {
  const [who, { signer: other }] = [await person(), await generateKey()]
  for (const sign of [other.sign, async () => new Uint8Array(70), async () => new Uint8Array(0)]) {
    const lying: Signer = { publicKey: who.notation.publicKey, algorithm: who.notation.algorithm, sign }
    await expectRefused(who, { signer: lying }, 'bad-key', 'no signature by its own key')
  }
})
