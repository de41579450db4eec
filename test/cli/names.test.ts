import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command, folder, fromCase, keyFile } from './command.ts'

test('keys in files of one name are told apart by as much of their paths as that takes', async () => {
  const home = folder()
  const at = (file: string, from: string): string[] => {
    mkdirSync(join(home, file, '..'), { recursive: true })
    copyFileSync(keyFile('cosign-sig-index', from), join(home, file))
    return ['--key', join(home, file)]
  }
  const place = fromCase('cosign-sig-index').slice(0, 3)
  const twins = await command(['verify', ...place, '--all', ...at('ann/keys/release.pub', 'keys/k1.pub'), ...at('ben/keys/release.pub', 'keys/k2.pub')])
  expect(twins.out).toContain('ann/keys/release.pub')
  expect(twins.out).toContain('ben/keys/release.pub')
  expect(twins.out).not.toContain(home)
  const others = await command(['verify', ...place, '--all', ...at('ann/keys/release.pub', 'keys/k1.pub'), ...at('ben/keys/other.pub', 'keys/k2.pub')])
  expect(others.out).toMatch(/(?<!\/)\brelease\.pub/)
})

test('what a runtime would take unsigned: the first advice is to find out where it came from', async () => {
  const { status, out } = await command(['verify', ...fromCase('f-nested-sibling-differs_fail')])
  expect(status).toBe(1)
  const text = out.replaceAll(/\s+/g, ' ')
  expect(text).toMatch(/Find out first where .* came from.* sealdex sign /)
})
