import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Lock } from '../../src/index.ts'
import { conforms } from '../schemas.ts'
import { command, folder, fromCase, keyFile } from './command.ts'

const [REF = '', ...PLACE] = fromCase('cosign-sig-index').slice(0, 3)
const KEY = ['--key', keyFile('cosign-sig-index', 'keys/k1.pub')]
const who = (...more: readonly string[]): ReturnType<typeof command> => command(['who', REF, ...PLACE, ...more])
const verify = (...more: readonly string[]): ReturnType<typeof command> => command(['verify', REF, ...PLACE, ...more])

test('who --lock pins what is proved, verify --lock holds it, with and without a key beside it', async () => {
  const file = join(folder(), 'sealdex.lock')
  expect(await who('--lock', file)).toMatchObject({ status: 3, err: expect.stringMatching(/No lock was written: nothing proves.*\[no-trusted-key\]/) as string })
  expect(await who(...KEY, '--lock', file)).toMatchObject({ status: 0, err: expect.stringContaining(`Locked ${REF} in `) as string })
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock
  conforms('lock.v1', lock)
  expect(lock.images).toMatchObject([{ reference: REF, signers: [{ kind: 'key', signedAt: null, trust: { keys: [{}] } }] }])
  for (const trust of [[], KEY]) expect((await verify('--lock', file, ...trust)).out).toMatch(/^ALLOW/)
  // again: it is as it was
  expect((await who(...KEY, '--lock', file)).status).toBe(0)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(lock)
})

test('what is not as it was locked is denied with its code, and is not locked anew', async () => {
  const file = join(folder(), 'sealdex.lock')
  await who(...KEY, '--lock', file)
  const lock = JSON.parse(readFileSync(file, 'utf8')) as { images: { digest: string; reference: string; signers: object[] }[] }
  const changed = (change: object): void => writeFileSync(file, JSON.stringify({ ...lock, images: [{ ...lock.images[0], ...change }] }))
  const other = `sha256:${'a'.repeat(64)}`
  for (const [change, code] of [[{ digest: other }, 'lock-digest'], [{ reference: `${REF}x` }, 'not-locked'], [{ signers: [{ ...lock.images[0]?.signers[0], keyId: 'b'.repeat(64) }] }, 'lock-signers'], [{ signers: [{ ...lock.images[0]?.signers[0], signedAt: '2030-01-01T00:00:00Z' }] }, 'lock-older']] as const) {
    changed(change)
    const { status, out } = await verify('--lock', file, ...KEY)
    expect([status, out], code).toEqual([1, expect.stringMatching(new RegExp(`^DENY[\\s\\S]*✗ ${code}: `))])
  }
  expect((await verify('--lock', file, '--output', 'json')).out).toContain('"outcome":"deny"')
  changed({ digest: other })
  expect(await who(...KEY, '--lock', file)).toMatchObject({ status: 3, err: expect.stringMatching(/Nothing was locked: what is locked does not allow it.*\[lock-digest\]/) as string })
})

test('wrong use', async () => {
  const file = join(folder(), 'sealdex.lock')
  writeFileSync(file, '{}')
  expect(await verify('--lock', file)).toMatchObject({ status: 2, err: expect.stringMatching(/sealdex\.lock: The lock file is not valid.*\[bad-policy\]/) as string })
  expect(await who(...KEY, '--lock', file)).toMatchObject({ status: 2, err: expect.stringContaining('is not valid') as string })
  writeFileSync(file, '{"version":1,"images":[]}')
  // a demand on signatures of nobody
  expect(await verify('--lock', file, '-a', 'env=prod')).toMatchObject({ status: 2, err: expect.stringContaining('Nobody is named') as string })
  expect(await verify('--lock', file)).toMatchObject({ status: 1, out: expect.stringContaining('not-locked') as string })
})
