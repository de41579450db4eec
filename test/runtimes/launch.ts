import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { chromium } from 'playwright-core'
import { build } from 'vite'

/** What an entry module exports: JSON in, JSON out, and nothing of Node's. */
export interface Entry {
  run(input: unknown): Promise<unknown>
}

/** Runs the entry (a path) with the input in one runtime. The input and the answer pass through JSON. */
export type Run = (entry: string, input: unknown) => Promise<unknown>

const BIN = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url))
const COMPATIBILITY_DATE = '2026-11-01'

/** The entry with all it imports as one ES module. */
async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'esnext', minify: false, lib: { entry, formats: ['es'], fileName: 'entry' }, rolldownOptions: { output: { codeSplitting: false } } },
  })
  const outputs = Array.isArray(result) ? result : [result]
  const chunks = outputs.flatMap((built) => ('output' in built ? built.output : [])).filter((part) => part.type === 'chunk')
  const [chunk, ...more] = chunks
  if (chunk === undefined || more.length > 0) throw new Error(`${entry} does not bundle into one module`)
  return chunk.code
}

/** In this process, from the sources. */
export async function runInNode(entry: string, input: unknown): Promise<unknown> {
  const { run } = await import(pathToFileURL(entry).href) as Entry
  return throughJson(await run(throughJson(input)))
}

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

export async function runInWorkerd(entry: string, input: unknown): Promise<unknown> {
  const main = `
    import { run } from './entry.js'
    export default {
      async fetch(request) {
        try {
          return Response.json(await run(await request.json()))
        } catch (error) {
          return new Response(String(error?.stack ?? error), { status: 500 })
        }
      },
    }`
  const esm = (contents: string): { type: 'esm', contents: string } => ({ type: 'esm', contents })
  const manifest = { mainModule: 'main.js', modulesRoot: '/', modules: { 'main.js': esm(main), 'entry.js': esm(await bundle(entry)) } }
  const miniflare = new Miniflare({ workers: [{ config: { name: 'test', compatibilityDate: COMPATIBILITY_DATE, manifest } }] })
  try {
    const response = await miniflare.dispatchFetch('http://127.0.0.1/', { method: 'POST', body: JSON.stringify(input) })
    if (!response.ok) throw new Error(`in workerd: ${await response.text()}`)
    return await response.json()
  } finally {
    await miniflare.dispose()
  }
}

/** In a page of a Chromium without a window. The page is served from 127.0.0.1, so that it is a secure context and has WebCrypto. */
export async function runInChromium(entry: string, input: unknown): Promise<unknown> {
  const server = await serve({
    '/': ['text/html', '<!doctype html><title>test</title>'],
    '/entry.js': ['text/javascript', await bundle(entry)],
    '/input.json': ['application/json', JSON.stringify(input)],
  })
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    // As text: a function would be rewritten by the test runner's own transforms.
    const answer = await page.evaluate<string>(`(async () => {
      const { run } = await import('/entry.js')
      return JSON.stringify(await run(await (await fetch('/input.json')).json()))
    })()`)
    return JSON.parse(answer)
  } finally {
    await browser.close()
    server.close()
  }
}

function serve(files: Readonly<Record<string, readonly [type: string, body: string]>>): Promise<Server> {
  const server = createServer((request, response) => {
    const [type, body] = files[request.url ?? ''] ?? []
    response.writeHead(type === undefined ? 404 : 200, { 'content-type': `${type ?? 'text/plain'}; charset=utf-8` }).end(body)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

/** A Chromium or Chrome that is installed: CHROME_PATH, the usual places, Playwright's own. Throws with how to get one. */
export function findChromium(): string {
  const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable', '/snap/bin/chromium', '/opt/google/chrome/chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium']
  const candidates = [process.env['CHROME_PATH'] ?? '', ...usual, chromium.executablePath()]
  const found = candidates.find((path) => path !== '' && existsSync(path))
  if (found === undefined) throw new Error('No Chromium or Chrome was found: install one ("apt-get install chromium", or "npx playwright-core install chromium"), or set CHROME_PATH to its binary.')
  return found
}

export function runInDeno(entry: string, input: unknown): Promise<unknown> {
  return runAsProcess(entry, input, (folder) => ['deno', 'run', '--no-config', '--no-remote', '--no-prompt', `--allow-read=${folder}`, `--allow-write=${folder}`])
}

export function runInBun(entry: string, input: unknown): Promise<unknown> {
  return runAsProcess(entry, input, () => ['bun', 'run'])
}

async function runAsProcess(entry: string, input: unknown, command: (folder: string) => readonly [string, ...string[]]): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'sealdex-runtime-'))
  const main = `
    import { readFileSync, writeFileSync } from 'node:fs'
    import { run } from './entry.mjs'
    const file = (name) => new URL(name, import.meta.url)
    writeFileSync(file('output.json'), JSON.stringify(await run(JSON.parse(readFileSync(file('input.json'), 'utf8')))))`
  try {
    await writeFile(join(folder, 'entry.mjs'), await bundle(entry))
    await writeFile(join(folder, 'input.json'), JSON.stringify(input))
    await writeFile(join(folder, 'main.mjs'), main)
    const [program, ...flags] = command(folder)
    await promisify(execFile)(join(BIN, program), [...flags, join(folder, 'main.mjs')], { cwd: folder })
    return JSON.parse(await readFile(join(folder, 'output.json'), 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
