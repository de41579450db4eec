import { describe, expect, test } from 'vitest'
import { attachCommand } from '../../src/cli/attach.ts'
import { attestCommand } from '../../src/cli/attest.ts'
import { evidenceCommand } from '../../src/cli/evidence.ts'
import { exportCommand } from '../../src/cli/export.ts'
import { keygenCommand } from '../../src/cli/keygen.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { pruneCommand } from '../../src/cli/prune.ts'
import { resolveCommand } from '../../src/cli/resolve.ts'
import { signCommand } from '../../src/cli/sign.ts'
import { suggestOption } from '../../src/cli/suggest.ts'
import { treeCommand } from '../../src/cli/tree.ts'
import { verifyCommand } from '../../src/cli/verify.ts'
import { whoCommand } from '../../src/cli/who.ts'
import { command } from './command.ts'

const COMMANDS = [verifyCommand, whoCommand, treeCommand, resolveCommand, signCommand, attachCommand, attestCommand, pruneCommand, keygenCommand, evidenceCommand, exportCommand]

test('help lists every command, on stdout', async () => {
  const { status, out } = await command(['help'])
  expect(status).toBe(0)
  for (const { name, summary } of COMMANDS) expect(out).toContain(`  ${name.padEnd(12)}${summary}`)
  expect((await command(['--help'])).out).toBe(out)
})

describe.each(COMMANDS.map((one) => [one.name, one] as const))('%s', (name, one) => {
  test('--help, -h and help COMMAND say the same, and every option', async () => {
    const { status, out, err } = await command([name, '--help'])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    for (const option of Object.keys(one.options)) expect(out).toContain(`--${option}`)
    expect((await command([name, '-h'])).out).toBe(out)
    expect((await command(['help', name])).out).toBe(out)
    expect(out.split('\n').filter((line) => line.length > 80 && !line.startsWith('  sealdex') && !line.includes('sealdex '))).toEqual([])
  })

  test('its examples are command lines that it takes', () => {
    expect(one.examples.length).toBeGreaterThan(0)
    for (const example of one.examples) {
      const [, called = '', rest = ''] = /^(?:[A-Z_]+=\S+ )?sealdex (\S+)(.*)$/.exec(example) ?? []
      const target = COMMANDS.find((other) => other.name === called)
      expect(target, example).toBeDefined()
      if (target !== undefined) expect(() => parseCommandLine(target, rest.trim().split(' ').filter((word) => word !== ''))).not.toThrow()
    }
  })
})

test.each([
  ['keey', '--key'],
  ['plattform', '--platform'],
  ['pol', '--policy'],
  ['ouptut', '--output'],
  ['cacert', '--registry-ca'],
  ['zzz', null],
])('--%s: %s', (name, expected) => {
  expect(suggestOption(name, Object.keys(verifyCommand.options))).toBe(expected)
})
