import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command, folder, keyFile, servedCase } from './command.ts'

const K1 = keyFile('cosign-sig-index', 'keys/k1.pub')
const AT = '2026-11-24T12:00:00Z'

test.each([[true], [false]])('what was recorded gives the same bytes as the registry did (referrers API: %s)', async (referrersApi) => {
  const { reference, registry } = await servedCase('cosign-sig-index', { referrersApi })
  const file = join(folder(), 'app.tar')
  const saved = await command(['evidence', reference, '-o', file, '--output', 'json'])
  expect(saved).toMatchObject({ status: 0, err: '' })
  expect(JSON.parse(saved.out)).toMatchObject({ file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') })
  const judge = ['verify', reference, '--key', K1, '--at', AT, '--output', 'json', '--all']
  const live = await command(judge)
  await registry.close()
  const recorded = await command([...judge, '--source', `layout:${file}`])
  expect(recorded.out).toBe(live.out)
  expect([live.status, recorded.status]).toEqual([0, 0])
}, 60_000)

test('nothing is saved of what could not be read', async () => {
  const { registry } = await servedCase('unsigned')
  const file = join(folder(), 'app.tar')
  expect(await command(['evidence', `${registry.host}/demo/app:none`, '-o', file])).toMatchObject({ status: 3, out: '' })
  expect(() => readFileSync(file)).toThrow()
})

test('a file that can not be written is told', async () => {
  const { reference } = await servedCase('unsigned')
  expect(await command(['evidence', reference, '-o', '/nowhere/app.tar'])).toMatchObject({ status: 2, err: expect.stringContaining('/nowhere/app.tar would be in a folder that is not there') as string })
})
