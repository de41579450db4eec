import { expect, test } from 'vitest'
import { VERSION } from '../../src/index.ts'
import { command, fromCase, keyFile } from './command.ts'

interface Sarif {
  readonly version: string
  readonly runs: readonly { readonly tool: { readonly driver: { readonly name: string; readonly version: string; readonly rules: readonly { readonly id: string }[] } }; readonly results: readonly { readonly ruleId: string; readonly ruleIndex: number; readonly kind: string; readonly level: string; readonly message: { readonly text: string }; readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[] }[] }[]
}

test('--output sarif is one document: what decides against running is an error, what is worth knowing a note', async () => {
  const [reference = '', ...place] = fromCase('cosign-sig-index').slice(0, 3)
  for (const [key, status, first] of [['keys/k1.pub', 0, { ruleId: 'requirements-met', kind: 'pass', level: 'none' }], ['keys/other.pub', 1, { ruleId: 'not-covered', kind: 'fail', level: 'error' }]] as const) {
    const ran = await command(['verify', reference, reference, ...place, '--key', keyFile('cosign-sig-index', key), '--output', 'sarif'])
    expect([ran.status, ran.err]).toEqual([status, ''])
    const { version, runs } = JSON.parse(ran.out) as Sarif
    expect([version, runs.length]).toEqual(['2.1.0', 1])
    const [run] = runs
    expect(run?.tool.driver).toMatchObject({ name: 'sealdex', version: VERSION })
    expect(run?.results[0]).toMatchObject(first)
    expect(run?.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe(`oci://${reference}`)
    // as SARIF has it: a level only where something failed, and every rule described
    for (const { ruleId, ruleIndex, kind, level, message } of run?.results ?? []) {
      expect([kind === 'fail', message.text !== '', run?.tool.driver.rules[ruleIndex]?.id]).toEqual([level !== 'none', true, ruleId])
    }
    expect(run?.results.filter(({ level }) => level === 'note').map(({ ruleId }) => ruleId)).toContain('recorders-word')
  }
})

test('other commands have none', async () => {
  expect(await command(['who', 'a.example/b', '--output', 'sarif'])).toMatchObject({ status: 2, err: expect.stringContaining('Only the verdicts of "sealdex verify"') as string })
  expect(await command(['verify', 'a.example/b', '--key', 'x', '--output', 'yaml'])).toMatchObject({ status: 2, err: expect.stringContaining('--output is text or json') as string })
})
