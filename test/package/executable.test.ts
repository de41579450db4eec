import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folder, fromCase, sealdex, servedCase } from '../cli/command.ts'
import { buildExecutable } from '../interop/package.ts'

const ROOT = join(import.meta.dirname, '..', '..')

// All tests of the command run it in `npm run test:runtimes`; these are about what it is itself.
describe('the executable', () => {
  const built = mkdtempSync(join(tmpdir(), 'sealdex-executable-'))
  let program = ''

  beforeAll(async () => {
    // alone, away from all that it was built of
    const made = await buildExecutable(built)
    program = join(built, 'sealdex')
    copyFileSync(made, program)
    rmSync(join(built, 'package'), { recursive: true })
  })
  afterAll(() => rmSync(built, { recursive: true, force: true }))

  test('says what the command says, in the same bytes, without Node', async () => {
    for (const name of ['f-gaps', 'cosign-sig-index', 'annotated-extra-platform_fail']) {
      const args = ['verify', ...fromCase(name), '--output', 'json', '--at', '2026-11-01T00:00:00Z']
      const [alone, sources] = [await sealdex(args, { program: [program], env: { PATH: '' } }), await sealdex(args)]
      expect(alone, name).toEqual(sources)
      expect(alone.out, name).toContain('"outcome":')
    }
  })

  test('what lies in the folder it is called in tells it nothing', async () => {
    const { reference } = await servedCase('f-gaps')
    const cwd = folder()
    writeFileSync(join(cwd, '.env'), 'HTTPS_PROXY=ftp://proxy.example\n')
    writeFileSync(join(cwd, 'bunfig.toml'), 'preload = ["./preload.js"]\n')
    writeFileSync(join(cwd, 'preload.js'), 'console.log("preloaded")\n')
    const there = await sealdex(['tree', reference], { program: [program], cwd })
    expect(there).toEqual(await sealdex(['tree', reference], { program: [program], cwd: folder() }))
    expect(there.status).toBe(0)
    // what it would have told
    expect(await sealdex(['tree', reference], { program: [program], cwd, env: { HTTPS_PROXY: 'ftp://proxy.example' } })).toMatchObject({ status: 2, err: expect.stringContaining('HTTPS_PROXY') as string })
  })

  test('T51: which addresses may be asked is asked of each, and no URL with a password is, as on Node', async () => {
    const registry = createServer((_, response) => response.end('{}'))
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
    const script = join(folder(), 'ask.ts')
    writeFileSync(script, `
      import { nodeFetch } from ${JSON.stringify(join(ROOT, 'src', 'cli', 'net.ts'))}
      const asked = []
      for (const allowed of [true, false]) {
        const ask = nodeFetch({ env: {}, mayConnect: (...of) => (asked.push(of), allowed) })
        console.log(await ask('http://localhost:${(registry.address() as AddressInfo).port}/v2/', {}).then(({ status }) => status, ({ code }) => code))
      }
      const plain = nodeFetch({ env: {} })
      console.log(await plain('http://user:secret@127.0.0.1:${(registry.address() as AddressInfo).port}/v2/', {}).then(({ status }) => status, ({ message }) => message))
      console.log(asked.every(([name, address]) => name === 'localhost' && ['127.0.0.1', '::1'].includes(address)), asked.length > 1)
      process.exit(0)
    `)
    try {
      for (const runtime of [process.execPath, join(ROOT, 'node_modules', '.bin', 'bun')]) {
        expect(await sealdex([], { program: [runtime, script] }), runtime).toEqual({ status: 0, err: '', out: '200\nforbidden-address\nA URL with user information is not asked.\ntrue true\n' })
      }
    } finally {
      registry.close()
      registry.closeAllConnections()
    }
  })

  test('serves the page that it carries', async () => {
    const child = spawn(program, ['serve', '--port', '0'], { cwd: folder(), stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      const address = await new Promise<string>((resolve, reject) => {
        let said = ''
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (chunk: Buffer) => {
            said += chunk.toString()
            const found = /http:\/\/[0-9.:]+/.exec(said)?.[0]
            if (found !== undefined) resolve(found)
          })
        }
        child.once('close', () => reject(new Error(said)))
      })
      const page = await fetch(address)
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      const script = /src="\.?(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? 'none'
      expect((await fetch(`${address}${script}`)).status).toBe(200)
      expect((await fetch(`${address}/healthz`)).status).toBe(200)
    } finally {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGINT')
      expect(await closed).toBe(0)
    }
  })
})
