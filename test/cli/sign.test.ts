import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildImage, seedImage } from '../../demo/images.ts'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { command, folder } from './command.ts'

async function seeded(): Promise<string> {
  const served = await serveRegistry()
  onTestFinished(() => served.close())
  await seedImage(served.store, 'demo/app', '1.0', await buildImage())
  return `${served.host}/demo/app:1.0`
}

test('keygen, sign, verify: from nothing to allow', async () => {
  const prefix = join(folder(), 'release')
  const reference = await seeded()
  expect(await command(['keygen', '--output-key-prefix', prefix])).toMatchObject({ status: 0, err: expect.stringContaining('is not encrypted') as string })
  expect(statSync(`${prefix}.key`).mode & 0o777).toBe(0o600)
  const signed = await command(['sign', reference, '--key', `${prefix}.key`, '-a', 'env=prod'])
  expect(signed).toMatchObject({ status: 0, err: expect.stringContaining('copy-leaves-behind') as string })
  expect(signed.out).toMatch(/^SIGNED .*\n[\s\S]*Written\n {2}referrer {2}sha256:[0-9a-f]{64}\nThe reference names, as before/)
  const verified = await command(['verify', reference, '--key', `${prefix}.pub`, '-a', 'env=prod'])
  expect(verified).toMatchObject({ status: 0, err: '' })
  expect(verified.out).toMatch(/Signed by\n {2}release\.pub {2}key:[0-9a-f]{12}\n {4}index\n {6}repository .*\/demo\/app, tag 1\.0,/)
  expect((await command(['verify', reference, '--key', `${prefix}.pub`, '-a', 'env=dev'])).status).toBe(1)
  // once more: it is there already
  expect((await command(['sign', reference, '--key', `${prefix}.key`, '-a', 'env=prod'])).out).toContain('was signed by this key already')
})

test('the layout flat says what the tag named and names now', async () => {
  const prefix = join(folder(), 'k')
  const reference = await seeded()
  await command(['keygen', '--output-key-prefix', prefix])
  const { out, err } = await command(['sign', reference, '--key', `${prefix}.key`, '--layout', 'flat'])
  expect(out).toMatch(/linux\/amd64[\s\S]*linux\/arm64[\s\S]*The reference named\n {2}sha256:[\s\S]*and names now\n {2}sha256:/)
  expect(err).toContain('not-atomic')
})

test.each(['SEALDEX_PASSWORD', 'COSIGN_PASSWORD'])('a key with a password in %s, encrypted as cosign encrypts', async (variable) => {
  const prefix = join(folder(), 'k')
  const reference = await seeded()
  expect(await command(['keygen', '--output-key-prefix', prefix, '--type', 'ed25519', '--output', 'json'], { [variable]: 'secret' })).toMatchObject({ status: 0, err: '', out: expect.stringContaining('"encrypted":true') as string })
  expect(readFileSync(`${prefix}.key`, 'utf8')).toContain('BEGIN ENCRYPTED SIGSTORE PRIVATE KEY')
  expect(await command(['sign', reference, '--key', `${prefix}.key`])).toMatchObject({ status: 2, err: expect.stringContaining('[bad-password]') as string })
  expect((await command(['sign', reference, '--key', `${prefix}.key`], { [variable]: 'secret' })).status).toBe(0)
})

test.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'])('keygen --type %s makes keys that sign and verify', async (type) => {
  const prefix = join(folder(), 'k')
  const reference = await seeded()
  await command(['keygen', '--output-key-prefix', prefix, '--type', type])
  await command(['sign', reference, '--key', `${prefix}.key`])
  expect((await command(['verify', reference, '--key', `${prefix}.pub`])).status).toBe(0)
})

test('a key that is there is not overwritten', async () => {
  const prefix = join(folder(), 'k')
  await command(['keygen', '--output-key-prefix', prefix])
  const before = readFileSync(`${prefix}.key`, 'utf8')
  expect(await command(['keygen', '--output-key-prefix', prefix])).toMatchObject({ status: 2, err: expect.stringContaining('is there already') as string })
  expect(readFileSync(`${prefix}.key`, 'utf8')).toBe(before)
  expect((await command(['keygen', '--output-key-prefix', prefix, '--force'])).status).toBe(0)
  expect(readFileSync(`${prefix}.key`, 'utf8')).not.toBe(before)
  expect(statSync(`${prefix}.key`).mode & 0o777).toBe(0o600)
})
