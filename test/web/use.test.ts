import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { ask, buildPage, launch, type OpenPage } from './browser.ts'
import { largeIndex } from './large.ts'
import { prepareStates, type States } from './states.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

describe('used as people use it', () => {
  let [states, browser, built]: [States, Browser, Awaited<ReturnType<typeof buildPage>>] = [] as never

  beforeAll(async () => {
    built = await buildPage('web')
    states = await prepareStates(built.folder)
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await states.close()
    built.remove()
  })

  /** axe is not the page's code: it is let in by the test alone. */
  async function violations({ page }: OpenPage): Promise<string[]> {
    const session = await page.context().newCDPSession(page)
    await session.send('Runtime.evaluate', { expression: AXE })
    const { result } = await session.send('Runtime.evaluate', {
      expression: `axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] } }).then(({ violations }) => JSON.stringify(violations))`,
      awaitPromise: true,
    })
    return (JSON.parse(String(result.value)) as readonly Violation[]).flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`))
  }

  it('has no violation that axe finds, in every state, at 320 pixels in light and at 1,280 in dark, and nothing to scroll sideways', async () => {
    for (const name of states.names) {
      const opened = await states.show(browser, name, { reducedMotion: 'reduce' })
      const { page } = opened
      for (const [width, colorScheme] of [[320, 'light'], [1_280, 'dark']] as const) {
        await page.setViewportSize({ width, height: 800 })
        await page.emulateMedia({ colorScheme })
        expect(await violations(opened), `${name} at ${width}, ${colorScheme}`).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} at ${width}`).toBeLessThanOrEqual(width)
      }
      await opened.close()
    }
  })

  it('works by keyboard alone: the focus goes to the outcome, which is said aloud', async () => {
    const { page, close } = await states.show(browser, 'empty')
    const reference = await page.locator('.example code').first().textContent()
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('reference')
    await page.keyboard.type(reference ?? '')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#outcome:focus')
    expect(await page.textContent('[role=status]')).toMatch(/^4 signatures\. You have named nobody/)
    const reached = new Set<string>()
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab')
      reached.add(await page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim().slice(0, 30) || ''))
    }
    for (const there of ['reference', 'trust', 'check', 'key-file', 'layout-file', 'command', 'Platform, identity, signed nam', 'The findings as JSON', 'evidence.tar', 'Copy the digest']) expect([...reached]).toContain(there)
    await close()
  })

  it('checks thousands of signatures outside of its own thread, and draws few of them: no frame is frozen', async () => {
    const registry = await serveRegistry()
    onTestFinished(() => registry.close())
    const { bytes, manifest, digest } = await largeIndex(`${registry.host}/demo/large`)
    await registry.store.putBlob('demo/large', new TextEncoder().encode('{}'))
    await registry.store.putManifest('demo/large', digest, manifest, 'application/vnd.oci.image.manifest.v1+json')
    await registry.store.putManifest('demo/large', '1.0', bytes, 'application/vnd.oci.image.index.v1+json')
    const { page, close } = await states.show(browser, 'empty')
    await page.evaluate(() => Object.defineProperty(globalThis, 'crypto', { get: () => Object.assign(globalThis, { used: true }) }))
    expect(await ask(page, { reference: `${registry.host}/demo/large:1.0` })).toBe('2,701 signatures')
    expect(await page.textContent('#result')).toContain('2,501 more signatures, which the JSON below lists')
    expect(await page.locator('#result *').count()).toBeLessThan(400)
    expect(await page.evaluate(() => 'used' in globalThis)).toBe(false)
    await close()
  })

  it('stops where a person wants it to, and can be asked again', async () => {
    const { page, close } = await states.show(browser, 'working')
    await page.click('button:has-text("Stop")')
    await page.waitForSelector('#outcome:focus')
    expect(await page.textContent('#outcome')).toBe('Stopped')
    await page.click('.example')
    await page.waitForSelector('#judged')
    expect(await page.textContent('#outcome')).toBe('Allowed')
    await close()
  })
})
