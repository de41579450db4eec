import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { serveRegistry } from '../demo/registry/serve.ts'
import { seedRegistry } from '../demo/seeds.ts'
import { ask, buildPage, launch, open } from '../test/web/browser.ts'
import { watchTasks } from '../test/web/frames.ts'
import { largeIndex } from '../test/web/large.ts'
import { servePage } from '../test/web/serve.ts'
import { pageConfig } from '../web/vite.config.ts'
import { median } from './compare.ts'

// The page: what is loaded and what it is made of; from the button to the verdict, and how much of that is network; an index of 4 MiB with 2,700 signatures.
const ROUNDS = 15
const built = await buildPage('web', 'single')
const registry = await serveRegistry()
const { images, files } = await seedRegistry(registry.host, registry.store)
const server = await servePage({ folder: join(built.folder, 'web') })
const browser = await launch()
try {
  await sizes()
  await pressed(browser)
  await large(browser)
} finally {
  await browser.close()
  await server.close()
  await registry.close()
  built.remove()
}

async function sizes(): Promise<void> {
  const { page, close } = await open(browser, server.url)
  await page.waitForTimeout(500)
  await close()
  const firstLoad = new Set(server.asked)
  for (const name of readdirSync(join(built.folder, 'web', 'assets')).filter((file) => file.endsWith('.js'))) {
    const bytes = readFileSync(join(built.folder, 'web', 'assets', name))
    console.log(`${name.replace(/-[\w-]{8}\.js$/, '.js')}: ${kB(gzipSync(bytes, { level: 9 }).length)} gzipped, ${kB(bytes.length)} as it is, ${firstLoad.has(`/assets/${name}`) ? 'first load' : 'loaded when first used'}`)
  }
  const single = readFileSync(join(built.folder, 'single', 'sealdex.html'))
  console.log(`sealdex.html, all in one file: ${kB(gzipSync(single, { level: 9 }).length)} gzipped, ${kB(single.length)} as it is`)
  for (const [name, parts] of await madeOf()) console.log(`${name} is made of (minified, before gzip): ${parts.map(([part, size]) => `${part} ${kB(size)}`).join(', ')}`)
}

/** Which part of the sources each file comes from, by the bytes that are left of it. */
async function madeOf(): Promise<readonly (readonly [string, readonly (readonly [string, number])[]])[]> {
  const found: [string, Map<string, number>][] = []
  const listen = { name: 'made-of', generateBundle(_: unknown, bundle: Record<string, { readonly type: string; readonly name?: string | undefined; readonly modules?: Readonly<Record<string, { readonly renderedLength: number; readonly code: string | null }>> }>) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || chunk.modules === undefined) continue
      const parts = new Map<string, number>()
      for (const [id, { renderedLength }] of Object.entries(chunk.modules)) parts.set(partOf(id), (parts.get(partOf(id)) ?? 0) + renderedLength)
      found.push([`${chunk.name ?? 'chunk'}.js`, parts])
    }
  } }
  const config = pageConfig(join(built.folder, 'parts'))
  await build({ ...config, configFile: false, logLevel: 'silent', plugins: [listen], worker: { format: 'es', plugins: () => [listen] } })
  return found.map(([name, parts]) => [name, [...parts].filter(([, size]) => size > 200).sort(([, a], [, b]) => b - a)])
}

function partOf(id: string): string {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? /\/(src\/[^/]+|web)\//.exec(id)?.[1] ?? 'other'
}

async function pressed(browser: Browser): Promise<void> {
  const [seed] = images
  if (seed === undefined) throw new Error('the demo has images')
  const { page, close } = await open(browser, server.url)
  const totals: number[] = []
  const network: number[] = []
  const trust = seed.keys.map((key) => files.get(key) ?? '').join('\n')
  for (let i = 0; i < ROUNDS; i++) {
    const asked: [number, number][] = []
    const listen = (request: { timing(): { startTime: number; responseEnd: number }; url(): string }): void => {
      if (request.url().includes('/v2/')) asked.push([request.timing().startTime, request.timing().startTime + Math.max(0, request.timing().responseEnd)])
    }
    page.on('requestfinished', listen)
    page.on('requestfailed', listen)
    await page.fill('#reference', seed.reference)
    await page.fill('#trust', trust)
    await page.waitForSelector('#keys .good')
    totals.push(await page.evaluate(() => new Promise<number>((resolve) => {
      document.querySelector('#result')?.replaceChildren()
      const start = performance.now()
      new MutationObserver((_, observer) => {
        if (document.querySelector('#outcome') === null) return
        observer.disconnect()
        // until it is painted
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)))
      }).observe(document.body, { childList: true, subtree: true })
      ;(document.querySelector('#check') as HTMLButtonElement).click()
    })))
    network.push(asked.length === 0 ? 0 : Math.max(...asked.map(([, end]) => end)) - Math.min(...asked.map(([start]) => start)))
    page.off('requestfinished', listen)
    page.off('requestfailed', listen)
  }
  console.log(`from the button to the painted verdict, ${seed.reference.split('/').at(-1) ?? ''}, registry on loopback: ${ms(totals[0] ?? 0)} the first time, then ${ms(median(totals.slice(1)))} (median of ${ROUNDS - 1}); of that from the first request to the last answer ${ms(median(network.slice(1)))}`)
  await close()
}

async function large(browser: Browser): Promise<void> {
  const index = await largeIndex(`${registry.host}/demo/large`)
  await registry.store.putBlob('demo/large', new TextEncoder().encode('{}'))
  const type = 'application/vnd.oci.image.manifest.v1+json'
  const { digest } = JSON.parse(new TextDecoder().decode(index.bytes)).manifests[0] as { digest: string }
  await registry.store.putManifest('demo/large', digest, index.manifest, type)
  await registry.store.putManifest('demo/large', '1.0', index.bytes, 'application/vnd.oci.image.index.v1+json')
  const { page, close } = await open(browser, server.url)
  for (const [what, trust] of [['nobody trusted', ''], ['one key', index.publicPem]] as const) {
    const longest = await watchTasks(page)
    const start = performance.now()
    const outcome = await ask(page, { reference: `${registry.host}/demo/large:1.0`, trust })
    const total = performance.now() - start
    console.log(`2,701 signatures in ${(index.bytes.length / 1_048_576).toFixed(2)} MiB, ${what}: ${outcome} after ${ms(total)}; longest task of the page's own thread ${ms(await longest())} (0: none over 50)`)
  }
  await close()
}

function kB(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`
}
