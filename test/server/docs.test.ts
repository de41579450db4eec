import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CODES } from '../../src/index.ts'
import { ROUTES } from '../../worker/app.ts'
import { VARIABLES } from '../../worker/env.ts'
import { openApi, openApiFile } from '../../worker/openapi.ts'
import { KINDS, problemsMarkdown } from '../../worker/problem-codes.ts'
import { appFor } from './support.ts'

const page = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')

describe('docs/http-api.md', () => {
  test('ends with the table of problems', () => {
    expect(page('http-api.md').endsWith(`\n${problemsMarkdown()}`), 'write it anew: its last section is problemsMarkdown() of worker/problem-codes.ts').toBe(true)
  })

  test('names every route, parameter and type of body', () => {
    const { paths } = openApi() as { paths: Record<string, Record<string, { parameters: { name: string }[]; requestBody?: { content: object } }>> }
    const text = page('http-api.md')
    expect(Object.keys(paths).sort()).toEqual([...ROUTES.map(({ path }) => path), '/', '/assets/{file}', '/examples.json'].sort())
    for (const [path, operations] of Object.entries(paths)) {
      const methods = ROUTES.find((route) => route.path === path)?.methods
      if (methods !== undefined) expect(Object.keys(operations).map((name) => name.toUpperCase())).toEqual(Object.keys(methods))
      for (const [method, { parameters, requestBody }] of Object.entries(operations)) {
        expect(text).toContain(path === '/assets/{file}' ? '`/assets/{file}`' : `\`${method.toUpperCase()} ${path}\``)
        for (const { name } of parameters) expect(text).toContain(name)
        for (const type of Object.keys(requestBody?.content ?? {})) expect(text).toContain(`\`${type}\``)
      }
    }
  })

  test('a problem links to its code, there and on the server itself', async () => {
    const app = await appFor()
    const { json } = await app.ask('/v1/verify')
    expect(json?.['type']).toBe('/docs/http-api.md#missing-parameter')
    expect((await app.ask('/docs/http-api.md')).text).toContain('\n### missing-parameter\n')
  })

  test('each code is told apart: none of the server\'s is one of the core\'s with another meaning, and each is used', () => {
    const sources = ['addresses', 'body', 'call', 'decide', 'load', 'node', 'app', 'handler', 'problem', 'problem-codes', 'routes/verify', 'routes/gate', 'routes/resolve', 'routes/evidence', 'routes/page', 'routes/service']
      .map((name) => readFileSync(join(import.meta.dirname, '../../worker', `${name}.ts`), 'utf8')).join('\n')
    // in the union, in the table, and where it is thrown
    for (const code of Object.keys(KINDS)) expect(sources.split(`'${code}'`).length - 1, code).toBeGreaterThanOrEqual(Object.hasOwn(CODES, code) ? 2 : 3)
    for (const { status, title, next } of Object.values(KINDS)) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(title).not.toMatch(/\.$/)
      expect(next).toMatch(/\.$/)
    }
  })
})

test('schema/openapi.json is what worker/openapi.ts makes', () => {
  const made = new TextDecoder().decode(openApiFile().bytes)
  expect(readFileSync(join(import.meta.dirname, '../../schema/openapi.json'), 'utf8') === made, 'write it anew: npx node -e "import(\'./worker/openapi.ts\').then((o) => process.stdout.write(o.openApiFile().bytes))" > schema/openapi.json').toBe(true)
})

describe('docs/deploy.md', () => {
  test('names every variable, and none that is not read', () => {
    const named = [...page('deploy.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
    expect(named).toEqual([...VARIABLES])
  })

  test('wrangler.toml sets only what is read', () => {
    const text = readFileSync(join(import.meta.dirname, '../../wrangler.toml'), 'utf8')
    const set = [...text.slice(text.indexOf('[vars]')).matchAll(/^(?:# )?([A-Z_]+) = /gm)].map(([, name]) => name)
    expect(set.length).toBeGreaterThan(0)
    for (const name of set) expect(VARIABLES).toContain(name)
  })
})
