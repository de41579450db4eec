import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildImage, seedImage } from '../../demo/images.ts'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { encryptPrivateKey } from '../../src/crypto/encrypted-key.ts'
import { generateKey } from '../../src/crypto/private-key.ts'
import { personOf } from '../edit/notation-export.ts'
import type { Party } from '../notation/kit.ts'
import { conforms } from '../schemas.ts'
import { command, folder } from './command.ts'

const NOW = Math.floor(Date.now() / 1_000)
/** Unlike what the kit makes for its own clock. */
const VALID = { notBefore: NOW - 60, notAfter: NOW + 3_600 }

/** As notation keeps its trust: everything of this root, judged strictly. */
function notationConfig({ rootPem }: Party): string {
  const path = folder()
  mkdirSync(join(path, 'truststore/x509/ca/own'), { recursive: true })
  writeFileSync(join(path, 'truststore/x509/ca/own/root.crt'), rootPem)
  const statement = { name: 'p', registryScopes: ['*'], signatureVerification: { level: 'strict' }, trustStores: ['ca:own'], trustedIdentities: ['*'] }
  writeFileSync(join(path, 'trustpolicy.json'), JSON.stringify({ version: '1.0', trustPolicies: [statement] }))
  return path
}

async function signed(): Promise<{ readonly reference: string; readonly prefix: string }> {
  const served = await serveRegistry()
  onTestFinished(() => served.close())
  await seedImage(served.store, 'demo/app', '1.0', await buildImage())
  const [prefix, reference] = [join(folder(), 'k'), `${served.host}/demo/app:1.0`]
  await command(['keygen', '--output-key-prefix', prefix])
  await command(['sign', reference, '--key', `${prefix}.key`])
  return { reference, prefix }
}

test('export to cosign, then to a bundle, in text and JSON', async () => {
  const { reference, prefix } = await signed()
  const text = await command(['export', reference, '--to', 'cosign'])
  expect([text.status, text.err]).toEqual([0, ''])
  expect(text.out).toContain(`EXPORTED  ${reference}  (cosign)`)
  const json = await command(['export', reference, '--to', 'bundle', '--key', `${prefix}.key`, '--output', 'json'])
  conforms('export.v1', JSON.parse(json.out))
  expect([json.status, JSON.parse(json.out)]).toMatchObject([0, { converted: [{ state: 'written' }], notConverted: [] }])
})

test('what cannot be converted is named, with exit status 3', async () => {
  const { reference, prefix } = await signed()
  for (const args of [['--to', 'bundle'], ['--to', 'notation'], ['--to', 'notation', '--key', `${prefix}.key`]]) {
    expect(await command(['export', reference, ...args])).toMatchObject({ status: 3, err: expect.stringContaining('[cannot-convert]') as string })
  }
  await command(['keygen', '--output-key-prefix', `${prefix}2`])
  const other = await command(['export', reference, '--to', 'bundle', '--key', `${prefix}2.key`, '--output', 'json'])
  conforms('export.v1', JSON.parse(other.out))
  expect([other.status, JSON.parse(other.out)]).toMatchObject([3, { converted: [], notConverted: [{ code: 'cannot-convert' }] }])
})

test.each(['ec-p256', 'rsa'] as const)('export to notation with an %s key and its certificates: the policy of notation allows it then', async (type) => {
  const { reference, prefix } = await signed()
  const key = await generateKey(type, 2048)
  // encrypted, as cosign keeps keys
  writeFileSync(`${prefix}.n.key`, encryptPrivateKey(key.pkcs8, 'secret'))
  const env = { SEALDEX_PASSWORD: 'secret' }
  await command(['sign', reference, '--key', `${prefix}.n.key`], env)
  const { certificates, party } = await personOf(key, VALID, VALID)
  writeFileSync(`${prefix}.pem`, certificates)
  const asked = ['export', reference, '--to', 'notation', '--key', `${prefix}.n.key`, '--certificate', `${prefix}.pem`]
  const first = await command([...asked, '--output', 'json'], env)
  conforms('export.v1', JSON.parse(first.out))
  expect(JSON.parse(first.out)).toMatchObject({ to: 'notation', converted: [{ state: 'written' }], notConverted: [{ code: 'cannot-convert' }], written: [{ kind: 'referrer' }] })
  const second = await command(asked, env)
  // by the first key of the image stands another signature, which cannot be given again
  expect([first.status, second.status, second.err]).toEqual([3, 3, ''])
  expect(second.out).toContain('was there\n  1 where notation looks already\n')
  const config = notationConfig(party)
  expect(await command(['verify', reference, '--notation-config', config])).toMatchObject({ status: 0, out: expect.stringContaining('ALLOW') as string })
})

test.each<readonly [string, Partial<typeof VALID>, string]>([['expired', { notAfter: NOW - 1 }, 'certificate-expired'], ['not yet valid', { notBefore: NOW + 3_600 }, 'certificate-expired']])('a certificate that is %s is a wrong file, which is named', async (_, changes, code) => {
  const { reference, prefix } = await signed()
  const key = await generateKey()
  const { certificates } = await personOf(key, { ...VALID, ...changes }, VALID)
  writeFileSync(`${prefix}.n.key`, key.pkcs8Pem())
  writeFileSync(`${prefix}.pem`, certificates)
  const { status, out, err } = await command(['export', reference, '--to', 'notation', '--key', `${prefix}.n.key`, '--certificate', `${prefix}.pem`])
  expect([status, out]).toEqual([2, ''])
  expect(err).toContain(`${prefix}.pem: `)
  expect(err).toContain(`[${code}]`)
})

test.each([
  [[], '--to cosign'], [['--to', 'docker'], '--to cosign'], [['--to', 'bundle', '--key', 'a', '--key', 'b'], 'twice'], [['--to', 'notation', '--key', 'a', '--key', 'b'], 'twice'],
  [['--to', 'bundle', '--certificate', 'a'], '--certificate belongs to --to notation'], [['--to', 'cosign', '--certificate', 'a'], '--certificate belongs to --to notation'],
] as const)('export %j is wrong use', async (args, said) => {
  expect(await command(['export', '127.0.0.1:1/demo/app:1', ...args])).toMatchObject({ status: 2, err: expect.stringContaining(said) as string })
})
