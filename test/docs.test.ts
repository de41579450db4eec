import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CODES } from '../src/index.ts'
import { VERSION } from '../src/base/version.ts'
import { parsePolicy } from '../src/policy/parse.ts'
import { judge } from '../src/verify/judge.ts'
import { d, factsOf, graphOf, policyOf, signed } from './verify/model.ts'

const ROOT = join(import.meta.dirname, '..')
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const blocks = (path: string, language: string): string[] => [...text(path).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '')

describe('docs/spec.md', () => {
  const examples = blocks('docs/spec.md', 'example')
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(8)
  })

  it.each(examples)('holds its example\n%s', async (example) => {
    const lines = new Map(example.trim().split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
    const list = (name: string): string[] => (lines.get(name) ?? '').split(', ').filter((item) => item !== '')
    const nested = Object.fromEntries([...lines.keys()].filter((name) => name === 'inner').map((name) => [name, list(name)]))
    const platform = lines.get('platform')
    const { outcome, reasons } = judge(factsOf({
      graph: graphOf(list('index'), nested),
      checked: list('signed').map((item) => signed(item.startsWith('release') ? 'a' : 'b', item.split(' on ')[1] ?? '')),
      failed: list('failed'),
      ...(platform === undefined ? {} : { platform }),
    }), await policyOf(JSON.parse(lines.get('require') ?? '{}') as object))
    const [expected, code] = (lines.get('outcome') ?? '').split(' ')
    expect(outcome).toBe(expected)
    if (code !== undefined) expect(reasons.filter((reason) => reason.effect === 'decides').map((reason) => reason.code)).toContain(code)
    expect(d('root')).toMatch(/^sha256:/)
  })
})

describe('docs/policy.md', () => {
  it.each(blocks('docs/policy.md', 'json'))('shows a policy that is read', async (policy) => {
    expect((await parsePolicy(policy)).entries.length).toBeGreaterThan(0)
  })
})

describe('codes', () => {
  const table = Object.entries(CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning.replaceAll('|', '\\|')} |`)

  it('docs/codes.md is the table of src/base/code-meanings.ts', () => {
    const page = `# Codes\n\nEvery stable code of errors, reasons, signatures and places. Written from \`src/base/code-meanings.ts\`.\n\n| code | meaning |\n|---|---|\n${table.join('\n')}\n`
    expect(text('docs/codes.md'), 'write it anew: npx vitest run test/docs.test.ts prints what it should be').toBe(page)
  })

  it('each code is used outside of the table', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true }).filter((entry) => entry.name.endsWith('.ts') && !/^code(?:s|-meanings)\.ts$/.test(entry.name)).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join('\n')
    expect(Object.keys(CODES).filter((code) => !sources.includes(`'${code}'`))).toEqual([])
  })
})

describe('versions', () => {
  it('the verifier says the version of the package', () => {
    expect((JSON.parse(text('package.json')) as { version: string }).version).toBe(VERSION)
  })
})
