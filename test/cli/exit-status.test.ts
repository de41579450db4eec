import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { command, folder, fromCase, keyFile, sealdex, servedCase } from './command.ts'

const K1 = keyFile('cosign-sig-index', 'keys/k1.pub')
const outcomes = (out: string): string[] => out.trim().split('\n').map((line) => (JSON.parse(line) as { outcome: string }).outcome)

describe('verify', () => {
  test.each([
    ['cosign-sig-index', undefined, 0, 'ALLOW'],
    ['cosign-sig-index', 'keys/other.pub', 1, 'DENY'],
    ['unsigned', undefined, 1, 'UNSIGNED'],
    ['child-bytes_fail', undefined, 1, 'DENY'],
    ['f-nested-sibling-extra_fail', undefined, 1, 'DENY'],
  ])('%s by %s: %i', async (name, key, status, word) => {
    const options = fromCase(name, key)
    const { status: ended, out, err } = await command(['verify', ...options, ...(options.includes('--key') ? [] : ['--key', K1])])
    expect(err).toBe('')
    expect(out.split(' ')[0]).toBe(word)
    expect(ended).toBe(status)
  })

  test('3 where it could not be decided, with what to do', async () => {
    const { reference, registry } = await servedCase('cosign-sig-index')
    const missing = await command(['verify', `${registry.host}/demo/app:none`, '--key', K1])
    expect(missing).toMatchObject({ status: 3, err: '' })
    expect(missing.out).toMatch(/^INDETERMINATE .*\n[\s\S]*reference-not-found[\s\S]*typing error/)
    const budget = await command(['verify', reference, '--key', K1, '--max-requests', '1'])
    expect(budget.status).toBe(3)
    expect(budget.out).toContain('--max-requests')
  })

  test('of several references: each is judged, in order; denied before indeterminate before allowed', async () => {
    const { reference, registry } = await servedCase('cosign-sig-index')
    const { reference: unsigned } = await servedCase('unsigned')
    const missing = `${registry.host}/demo/app:none`
    const json = async (...references: string[]) => command(['verify', ...references, '--key', K1, '--output', 'json'])
    const all = await json(reference, missing, unsigned)
    expect(outcomes(all.out)).toEqual(['allow', 'indeterminate', 'unsigned'])
    expect([all.status, (await json(reference, missing)).status, (await json(reference, reference)).status]).toEqual([1, 3, 0])
    // a reference that is none is wrong use, told before anything is read
    expect(await json(reference, 'not a reference')).toMatchObject({ status: 2, out: '' })
  })

  test('malformed data that was to be verified is denied', async () => {
    const broken = join(folder(), 'broken.tar')
    writeFileSync(broken, 'this is no tar')
    const { status, out, err } = await command(['verify', 'registry.example/app:1', '--key', K1, '--source', `layout:${broken}`])
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toContain('[malformed]')
  })

  test('the real process ends with the same', async () => {
    expect((await sealdex(['verify', ...fromCase('cosign-sig-index')])).status).toBe(0)
    expect((await sealdex(['verify', ...fromCase('cosign-sig-index', 'keys/other.pub')])).status).toBe(1)
    expect((await sealdex(['verify'])).status).toBe(2)
  })
})

describe('other commands', () => {
  test.each(['who', 'tree', 'resolve'])('%s: 0 done, 3 not there', async (name) => {
    const { reference, registry } = await servedCase('cosign-sig-index')
    expect(await command([name, reference])).toMatchObject({ status: 0, err: '' })
    const missing = await command([name, `${registry.host}/demo/app:none`])
    expect({ status: missing.status, out: missing.out }).toEqual({ status: 3, out: '' })
    expect(missing.err).toMatch(/^sealdex: .* \[reference-not-found\] .*\n$/)
  })

  test('who and tree: 3 where a place could not be read, since a signature may stand there', async () => {
    const { reference } = await servedCase('cosign-sig-index')
    for (const name of ['who', 'tree']) {
      const { status, out, err } = await command([name, reference, '--max-requests', '2'])
      expect(status).toBe(3)
      expect(out).toContain('sha256:6ccaa26e14d8')
      expect(err).toMatch(/^sealdex: Not everything of .* could be read, so signatures may be missing here\. \[request-budget\] Allow more with --max-requests N\.\n$/)
    }
  })

  test('resolve prints name@digest, and that of a platform', async () => {
    const { reference, registry } = await servedCase('cosign-sig-index')
    expect((await command(['resolve', reference])).out).toBe(`${registry.host}/demo/app@sha256:6ccaa26e14d82bdd03ee5e9b0a832f26619c2c19c431692f37d6c1ecc0f5c830\n`)
    expect((await command(['resolve', reference, '--platform', 'linux/arm64'])).out).toContain('@sha256:39d683be23fdfaee')
    expect(await command(['resolve', reference, '--platform', 'linux/s390x'])).toMatchObject({ status: 3, err: expect.stringContaining('[no-such-platform]') as string })
  })
})
