import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from 'vite'
import { writeTar } from '../../src/oci/tar.ts'
import { fixtureText, layoutOf, readCase } from '../fixtures.ts'
import { findChromium } from '../runtimes/launch.ts'
import config from '../../web/vite.config.ts'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

describe('the page, built, in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealdex-page-'))
  let server: Server
  let browser: Browser

  beforeAll(async () => {
    await build({ ...config, configFile: false, logLevel: 'silent', build: { ...config.build, outDir: join(folder, 'web') } })
    server = createServer((request, response) => {
      const path = request.url === '/' ? '/index.html' : (request.url ?? '')
      try {
        response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(join(folder, 'web', path)))
      } catch {
        response.writeHead(404).end()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function verdictOf(name: string, key: string): Promise<{ words: string; verdict: string; broken: string[] }> {
    const page = await browser.newPage()
    const broken: string[] = []
    page.on('pageerror', (error) => broken.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && broken.push(message.text()))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const tar = join(folder, `${name}.tar`)
    writeFileSync(tar, writeTar(layoutOf(name)))
    await page.setInputFiles('#evidence', tar)
    await page.fill('#reference', readCase(name).reference)
    await page.fill('#key', fixtureText(name, key))
    await page.click('button')
    await page.waitForFunction(() => document.querySelector('#outcome')?.textContent !== 'Verifying…' && document.querySelector('#outcome')?.textContent !== '')
    const [words, verdict] = [await page.textContent('#outcome') ?? '', await page.textContent('#verdict') ?? '']
    await page.close()
    return { words, verdict, broken }
  }

  it('allows what is signed by the key, without an error under its content security policy', async () => {
    const { words, verdict, broken } = await verdictOf('annotated-hash', 'keys/k1.pub')
    expect(broken.filter((text) => !text.includes('favicon'))).toEqual([])
    expect(words).toContain('Allowed')
    expect(JSON.parse(verdict)).toMatchObject({ outcome: 'allow', digest: readCase('annotated-hash').subject })
  })

  it('denies what is signed by another', async () => {
    expect((await verdictOf('annotated-hash', 'keys/other.pub')).words).toContain('Denied')
  })
})
