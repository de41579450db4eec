import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { seedRegistry } from '../../demo/seeds.ts'
import { collectEvidence, registry as registryOf } from '../../src/index.ts'
import { ask, drop, open, outcomeOf, press, type OpenPage } from './browser.ts'
import { exampleOf, servePage } from './serve.ts'

/** The page in every state that it knows: for those who look at it, and for those who test how it can be used. */
export interface States {
  readonly names: readonly string[]
  show(browser: Browser, name: string, options?: BrowserContextOptions): Promise<OpenPage>
  close(): Promise<void>
}

/** A registry that never answers: what is under way stays so. */
async function serveNever(): Promise<{ readonly host: string; readonly server: Server }> {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

export async function prepareStates(folder: string): Promise<States> {
  // the demo's own port where it is free: addresses in the pictures are those that a reader will see
  const registry = await serveRegistry({ port: 8787 }).catch(() => serveRegistry())
  const { images, files } = await seedRegistry(registry.host, registry.store)
  const never = await serveNever()
  const key = (name: string): string => `# ${name}\n${files.get(name) ?? ''}`
  const examples = images.map((seed) => exampleOf(seed, files))
  const server = await servePage({ folder: join(folder, 'web'), examples })
  const reference = (name: string): string => `${registry.host}/demo/${name}:1.0`
  const both = `${key('release.pub')}${key('lead.pub')}`
  const evidence = (await collectEvidence(reference('detached'), { source: registryOf() })).tar()
  const states: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
    empty: (page) => page.waitForSelector('.example'),
    working: async (page) => {
      await page.fill('#reference', `${never.host}/demo/slow:1.0`)
      await page.click('#check')
      await page.waitForSelector('.now:text-matches("Asking")')
    },
    allow: (page) => ask(page, { reference: reference('flat'), trust: both }),
    deny: (page) => ask(page, { reference: reference('shadowed'), trust: key('release.pub') }),
    unsigned: (page) => ask(page, { reference: reference('unsigned'), trust: key('release.pub') }),
    indeterminate: (page) => ask(page, { reference: '127.0.0.1:9/demo/away:1.0', trust: key('release.pub') }),
    who: (page) => ask(page, { reference: reference('flat') }),
    'broken-input': async (page) => {
      await page.fill('#reference', 'ghcr.іo/acme/app:1.2')
      await page.fill('#trust', 'not a key')
      await press(page)
      await page.waitForSelector('#trust[aria-invalid=true]')
    },
    'broken-file': async (page) => {
      await drop(page, [{ name: 'image.tar', bytes: new Uint8Array(2048).fill(65) }])
      await outcomeOf(page)
    },
    offline: async (page) => {
      await page.fill('#trust', key('release.pub'))
      await drop(page, [{ name: 'evidence.tar', bytes: evidence }])
      await outcomeOf(page)
    },
    opened: async (page) => {
      await ask(page, { reference: reference('tampered'), trust: key('release.pub') })
      for (const summary of await page.locator('summary').all()) await summary.click()
      await page.waitForSelector('#json')
    },
  }
  return {
    names: Object.keys(states),
    async show(browser, name, options = {}) {
      const opened = await open(browser, server.url, options)
      await states[name]?.(opened.page)
      return opened
    },
    async close() {
      never.server.closeAllConnections()
      never.server.close()
      await server.close()
      await registry.close()
    },
  }
}
