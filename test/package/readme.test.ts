import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, startDemo, type Demo } from './demo.ts'
import { lockArchive } from './lock.ts'

const run = promisify(execFile)
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

describe('README', () => {
  let demo: Demo
  const folder = mkdtempSync(join(tmpdir(), 'sealdex-readme-'))
  const installed = mkdtempSync(join(tmpdir(), 'sealdex-installed-'))

  beforeAll(async () => {
    demo = await startDemo()
    // the recipes write keys, so they run in a folder of their own, with npx as in the checkout
    writeFileSync(join(folder, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(ROOT, 'bin/sealdex.js')}" "$@"\n`)
    chmodSync(join(folder, 'npx'), 0o755)
  })
  afterAll(async () => {
    expect(await demo.stop()).toBe(0)
    rmSync(folder, { recursive: true, force: true })
    rmSync(installed, { recursive: true, force: true })
  })

  const here = (text: string): string => text.replaceAll('127.0.0.1:8787', demo.host)
  const environment = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, SEALDEX_PASSWORD: '', COSIGN_PASSWORD: '' })

  async function shell(line: string, cwd = folder, env = environment()): Promise<Ran> {
    try {
      const { stdout, stderr } = await run('sh', ['-c', line], { cwd, env, timeout: 110_000 })
      return { status: 0, stdout, stderr }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { status: code, stdout, stderr }
    }
  }

  it('each recipe does what it says, in its order', async () => {
    const recipes = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((match) => (match[1] ?? '').trim().split('\n'))
    expect(recipes.length).toBeGreaterThan(8)
    for (const recipe of recipes) {
      const { status, stdout, stderr } = await shell(here(recipe))
      expect(status, `${recipe}\n${stdout}\n${stderr}`).toBe(0)
      if (recipe.includes(' verify ')) expect(stdout, recipe).toMatch(/^ALLOW|"outcome":"allow"/)
    }
  })

  it('npx sealdex works in the checkout, without a build', async () => {
    const { status, stdout } = await shell('npx sealdex --version', ROOT, process.env)
    expect([status, stdout.trim()]).toEqual([0, 'sealdex 0.1.0'])
  })

  it('npm start shows what each image is', () => {
    expect([...demo.output.matchAll(/^(ALLOW|DENY|UNSIGNED|INDETERMINATE)\b/gm)].map((match) => match[1])).toEqual(['ALLOW', 'ALLOW', 'UNSIGNED', 'DENY', 'DENY', 'ALLOW', 'ALLOW'])
  })

  it('the package installs in an empty folder, runs the library example and the command', async () => {
    expect(await shell(`npm pack --pack-destination ${installed}`, ROOT, process.env)).toMatchObject({ status: 0 })
    const archive = join(installed, 'sealdex-0.1.0.tgz')
    expect(await shell(`npx publint ${archive} --strict`, ROOT, process.env)).toMatchObject({ status: 0 })
    expect(await shell(`npx attw ${archive} --profile esm-only`, ROOT, process.env)).toMatchObject({ status: 0 })
    lockArchive(installed, 'sealdex-0.1.0.tgz')
    expect(await shell('npm ci --offline', installed, process.env)).toMatchObject({ status: 0 })
    const example = /```ts\n([\s\S]*?)```/.exec(README)?.[1] ?? ''
    writeFileSync(join(installed, 'example.mjs'), here(example))
    writeFileSync(join(installed, 'release.pub'), readFileSync(join(folder, 'release.pub')))
    const library = await shell(`"${process.execPath}" example.mjs`, installed, process.env)
    expect(library.stdout, library.stderr).toMatch(/^allow sha256:[0-9a-f]{64}\n$/)
    const command = await shell(here('npx sealdex verify 127.0.0.1:8787/demo/unsigned:1.0 --key release.pub'), installed, process.env)
    expect(command.stdout, command.stderr).toMatch(/^ALLOW/)
  })
})
