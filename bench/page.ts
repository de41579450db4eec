import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { serveRegistry } from '../demo/registry/serve.ts'
import { seedRegistry } from '../demo/seeds.ts'
import { collectEvidence, registry as registryOf } from '../src/index.ts'
import { ask, buildPage, launch, open } from '../test/web/browser.ts'
import { watchTasks } from '../test/web/frames.ts'
import { largeIndex } from '../test/web/large.ts'
import { madeOf } from '../test/web/made-of.ts'
import { servePage } from '../test/web/serve.ts'
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
  for (const [name, parts] of await madeOf(join(built.folder, 'parts'))) console.log(`${name} is made of (before minifying): ${parts.map(([part, size]) => `${part} ${kB(size)}`).join(', ')}`)
}

async function pressed(browser: Browser): Promise<void> {
  const [seed] = images
  if (seed === undefined) throw new Error('the demo has images')
  const { page, close } = await open(browser, server.url)
  const evidence = Buffer.from((await collectEvidence(seed.reference, { source: registryOf() })).tar()).toString('base64')
  await page.fill('#reference', seed.reference)
  await page.fill('#trust', seed.keys.map((key) => files.get(key) ?? '').join('\n'))
  await page.waitForSelector('#keys:not([aria-busy])')
  const asked = await page.evaluate(timesOf, { rounds: ROUNDS, file: null })
  const dropped = await page.evaluate(timesOf, { rounds: ROUNDS, file: evidence })
  const [network, alone] = [median(asked.slice(1)), median(dropped.slice(1))]
  console.log(`from the button to the painted verdict, ${seed.reference.split('/').at(-1) ?? ''}, registry on loopback: ${ms(asked[0] ?? 0)} the first time, then ${ms(network)} (median of ${ROUNDS - 1}); the same from a file, without any network, ${ms(alone)}: ${Math.round((1 - alone / network) * 100)} % is asking the registry`)
  await close()
}

/** Milliseconds from the button, or from the drop of a file, until the outcome is painted; runs in the page. */
async function timesOf({ rounds, file }: { readonly rounds: number; readonly file: string | null }): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    document.querySelector('#result')?.replaceChildren()
    const data = new DataTransfer()
    if (file !== null) data.items.add(new File([Uint8Array.from(atob(file), (c) => c.charCodeAt(0))], 'evidence.tar'))
    const start = performance.now()
    const painted = new Promise<number>((resolve) => {
      new MutationObserver((_, observer) => {
        if (document.querySelector('#outcome') === null) return
        observer.disconnect()
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)))
      }).observe(document.body, { childList: true, subtree: true })
    })
    if (file === null) (document.querySelector('#check') as HTMLButtonElement).click()
    else document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
    times.push(await painted)
  }
  return times
}

async function large(browser: Browser): Promise<void> {
  const index = await largeIndex(`${registry.host}/demo/large`)
  await registry.store.putBlob('demo/large', new TextEncoder().encode('{}'))
  const type = 'application/vnd.oci.image.manifest.v1+json'
  await registry.store.putManifest('demo/large', index.digest, index.manifest, type)
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
