import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parsePolicy } from '../../src/index.ts'
import { FIXTURES, readCase } from '../fixtures.ts'
import { command, folder, fromCase, keyFile } from './command.ts'

test('a signature proves nothing of its signer until a key does', async () => {
  const [reference = '', ...options] = fromCase('cosign-sig-index')
  const without = await command(['who', reference, ...options.slice(0, 2)])
  expect(without).toMatchObject({ status: 0, err: '' })
  expect(without.out).toContain('2 signatures, and nothing proves yet who made them')
  expect(without.out.match(/· unproved; names nobody/g)).toHaveLength(2)
  const by = await command(['who', reference, ...options])
  expect(by.out).toContain('2 signatures, 1 proved')
  expect(by.out).toContain('✓ by k1.pub: proved')
  expect(by.out).toContain('signed: repository registry.example.com/demo/cosign-sig-index, env=prod')
  expect(by.out).toMatch(/Looked for signatures about 3 objects/)
})

test.each([
  ['cosign-sig-index', ['--key', keyFile('cosign-sig-index', 'keys/k1.pub'), '--key', keyFile('cosign-sig-index', 'keys/k2.pub')]],
  ['annotated-hash', ['--key', keyFile('annotated-hash', 'keys/k2.pub')]],
  ['ssh-inline', ['--allowed-signers', join(FIXTURES, 'ssh-inline', readCase('ssh-inline').allowedSigners ?? '')]],
])('--write-policy: %s is allowed by the policy that was written', async (name, trust) => {
  const place = fromCase(name).slice(0, 3)
  const policy = join(folder(), 'policy.json')
  expect(await command(['who', ...place, ...trust, '--write-policy', policy])).toMatchObject({ status: 0, err: expect.stringContaining('Wrote ') as string })
  await parsePolicy(readFileSync(policy, 'utf8'))
  expect((await command(['verify', ...place, '--policy', policy])).out).toMatch(/^ALLOW/)
  // what is there is not written over
  expect(await command(['who', ...place, ...trust, '--write-policy', policy])).toMatchObject({ status: 2, err: expect.stringContaining('is there already') as string })
})

test('--write-policy: where nothing is proved, nothing is written', async () => {
  const place = fromCase('cosign-sig-index').slice(0, 3)
  const policy = join(folder(), 'policy.json')
  for (const trust of [[], ['--key', keyFile('cosign-sig-index', 'keys/other.pub')]]) {
    expect(await command(['who', ...place, ...trust, '--write-policy', policy])).toMatchObject({ status: 3, err: expect.stringContaining('No policy was written') as string })
  }
  expect(() => readFileSync(policy)).toThrow()
})
