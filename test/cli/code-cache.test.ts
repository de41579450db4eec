import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const SOURCE = new URL('../../src/cli/code-cache.ts', import.meta.url).href
const root = mkdtempSync(join(tmpdir(), 'sealdex-code-cache-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('the kept code of the built command', () => {
  let folder = ''
  let kept = ''
  beforeEach(() => {
    folder = mkdtempSync(join(root, 'built-'))
    kept = join(folder, 'kept', 'verify')
    writeFileSync(join(folder, 'main.cjs'), "const { late } = require('./part.cjs'); const { sep } = require('node:path'); Promise.resolve().then(() => console.log(late(), sep))")
    writeFileSync(join(folder, 'part.cjs'), "exports.late = function () { const word = 'said-by-what-ran-later'; return word }; exports.never = () => 'said-by-what-never-ran'")
  })

  async function start(): Promise<string> {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', `
      import { createRequire } from 'node:module'
      import { runCached } from '${SOURCE}'
      runCached(${JSON.stringify(folder)}, 'main.cjs', ${JSON.stringify(kept)}, createRequire(import.meta.url))`])
    return stdout
  }

  it('holds the functions that ran after a file was loaded, and is used by the next command', async () => {
    expect(await start()).toBe('said-by-what-ran-later /\n')
    expect(readdirSync(kept).sort()).toEqual(['main.cjs', 'part.cjs'])
    const first = readFileSync(join(kept, 'part.cjs'), 'latin1')
    expect(first).toContain('said-by-what-ran-later')
    expect(first).not.toContain('said-by-what-never-ran')
    const { ino, mtimeMs } = statSync(join(kept, 'part.cjs'))
    expect(await start()).toBe('said-by-what-ran-later /\n')
    expect(statSync(join(kept, 'part.cjs'))).toMatchObject({ ino, mtimeMs })
    expect(statSync(kept).mode & 0o077).toBe(0)
  })

  it('is made anew where it is no code, or that of another source', async () => {
    await start()
    writeFileSync(join(kept, 'main.cjs'), 'no code')
    writeFileSync(join(folder, 'part.cjs'), "exports.late = () => 'another'")
    expect(await start()).toBe('another /\n')
    expect(readFileSync(join(kept, 'part.cjs'), 'latin1')).toContain('another')
    expect(readFileSync(join(kept, 'main.cjs'), 'latin1')).not.toBe('no code')
  })

  it('is done without where it can not be kept', async () => {
    mkdirSync(join(folder, 'kept'))
    writeFileSync(kept, 'a file where the folder would be')
    expect(await start()).toBe('said-by-what-ran-later /\n')
    expect(readFileSync(kept, 'utf8')).toBe('a file where the folder would be')
    chmodSync(join(folder, 'kept'), 0o500)
    expect(await start()).toBe('said-by-what-ran-later /\n')
  })

  it('is kept too by a command that ends at once, and loads packages when they are asked for', async () => {
    writeFileSync(join(folder, 'main.cjs'), "import('node:os').then(({ EOL }) => { process.stdout.write('imported' + EOL); process.exit(0) })")
    expect([await start(), await start()]).toEqual(['imported\n', 'imported\n'])
    expect(readdirSync(kept)).toEqual(['main.cjs'])
  })
})
