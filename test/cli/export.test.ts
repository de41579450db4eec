import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildImage, seedImage } from '../../demo/images.ts'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { conforms } from '../schemas.ts'
import { command, folder } from './command.ts'

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
  for (const args of [['--to', 'bundle'], ['--to', 'notation', '--key', `${prefix}.key`]]) {
    expect(await command(['export', reference, ...args])).toMatchObject({ status: 3, err: expect.stringContaining('[cannot-convert]') as string })
  }
  await command(['keygen', '--output-key-prefix', `${prefix}2`])
  const other = await command(['export', reference, '--to', 'bundle', '--key', `${prefix}2.key`, '--output', 'json'])
  conforms('export.v1', JSON.parse(other.out))
  expect([other.status, JSON.parse(other.out)]).toMatchObject([3, { converted: [], notConverted: [{ code: 'cannot-convert' }] }])
})

test.each([[[], '--to cosign'], [['--to', 'docker'], '--to cosign'], [['--to', 'bundle', '--key', 'a', '--key', 'b'], 'twice']] as const)('export %j is wrong use', async (args, said) => {
  expect(await command(['export', '127.0.0.1:1/demo/app:1', ...args])).toMatchObject({ status: 2, err: expect.stringContaining(said) as string })
})
