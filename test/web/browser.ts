import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core'
import { build } from 'vite'
import { pageConfig, singleConfig } from '../../web/vite.config.ts'
import { findChromium } from '../runtimes/launch.ts'

const CONFIGS: Readonly<Record<'web' | 'single', typeof pageConfig>> = { web: pageConfig, single: singleConfig }

/** A folder with the page built in `web`, and as one file in `single/sealdex.html`. */
export async function buildPage(...parts: readonly ('web' | 'single')[]): Promise<{ readonly folder: string; readonly remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'sealdex-page-'))
  for (const part of parts) await build({ ...CONFIGS[part](join(folder, part)), configFile: false, logLevel: 'silent' })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export function launch(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', ...args] })
}

export interface OpenPage {
  readonly page: Page
  /** Errors of scripts, refusals of the content security policy, failed loads. */
  readonly broken: string[]
  close(): Promise<void>
}

/** A page with nothing of another test in it. */
export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const broken: string[] = []
  page.on('pageerror', (error) => broken.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && broken.push(message.text()))
  await page.goto(url)
  return { page, broken, close: () => context.close() }
}

/** The heading of the answer, once there is one. */
export async function outcomeOf(page: Page): Promise<string> {
  await page.waitForSelector('#outcome')
  return (await page.textContent('#outcome')) ?? ''
}

export interface Given {
  readonly reference?: string
  readonly trust?: string
}

/** Fills the form and presses the button. */
export async function ask(page: Page, { reference, trust }: Given): Promise<string> {
  await page.evaluate(() => document.querySelector('#result')?.replaceChildren())
  if (reference !== undefined) await page.fill('#reference', reference)
  if (trust !== undefined) await page.fill('#trust', trust)
  await press(page)
  return outcomeOf(page)
}

/** Presses the button once the keys are read: their list moves it. */
export async function press(page: Page): Promise<void> {
  await page.waitForSelector('#keys:not([aria-busy])', { state: 'attached' })
  await page.click('#check')
}

/** Drops files on the page, as from a desktop. */
export async function drop(page: Page, files: readonly { readonly name: string; readonly bytes: Uint8Array | string }[]): Promise<void> {
  const given = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }))
  await page.evaluate((list) => {
    document.querySelector('#result')?.replaceChildren()
    const data = new DataTransfer()
    for (const { name, base64 } of list) data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name))
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
  }, given)
}

/** What a link of the page saves. */
export async function download(page: Page, link: Locator): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const [saved] = await Promise.all([page.waitForEvent('download'), link.click()])
  return { name: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) }
}

/** The JSON of the answer, whole, as "Save" hands it out. */
export async function jsonOf(page: Page): Promise<string> {
  const details = page.locator('details:has(> summary:text-matches("as JSON"))')
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click()
  return (await download(page, details.locator('a[download]'))).bytes.toString()
}
