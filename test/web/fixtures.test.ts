import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { base64Decode } from '../../src/base/bytes.ts'
import { encodeVerdict, openEvidence, verify } from '../../src/index.ts'
import { writeTar } from '../../src/oci/tar.ts'
import { caseNames, fixtureText, layoutOf } from '../fixtures.ts'
import { verdictCases } from '../runtimes/verdict-cases.ts'
import type { VerdictCase } from '../runtimes/verdict-run.ts'
import { optionsOf } from '../judging.ts'
import { buildPage, drop, launch, open, outcomeOf } from './browser.ts'
import { servePage, type PageServer } from './serve.ts'

/** Drops the layout on the page with what is trusted in its box, and reads the JSON that it offers; runs in the page. */
async function judgeInPage(cases: readonly VerdictCase[]): Promise<(string | null)[]> {
  const until = async <T>(read: () => T | null): Promise<T> => {
    for (;;) {
      const found = read()
      if (found !== null) return found
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const field = (id: string): HTMLInputElement => document.querySelector(`#${id}`) as HTMLInputElement
  const texts: (string | null)[] = []
  for (const { reference, tar, asked: { keys, allowedSigners, platform } } of cases) {
    document.querySelector('#result')?.replaceChildren()
    field('trust').value = [...keys, allowedSigners ?? ''].join('\n')
    field('platform').value = platform ?? ''
    field('reference').value = reference
    const data = new DataTransfer()
    data.items.add(new File([Uint8Array.from(atob(tar), (c) => c.charCodeAt(0))], 'case.tar'))
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
    await until(() => document.querySelector('#outcome'))
    const details = [...document.querySelectorAll('#result details')].at(-1) as HTMLDetailsElement | undefined
    if (details === undefined) {
      texts.push(null)
      continue
    }
    details.open = true
    texts.push(await until(() => document.querySelector('#json')?.textContent ?? null))
  }
  return texts
}

/** Every fixture as far as the page can be told of it: keys and allowed_signers; for those of identities under a root of the tests a stranger's key. */
function pageCases(): VerdictCase[] {
  const stranger = fixtureText('annotated-hash', 'keys/other.pub')
  const cases = verdictCases().map((one): VerdictCase => {
    const { keys, allowedSigners } = one.asked
    return { ...one, asked: { ...one.asked, keys: keys.length === 0 && allowedSigners === null ? [stranger] : keys, identities: [], trustedRoot: null, notation: null } }
  })
  return [...new Map(cases.map((one) => [JSON.stringify([one.tar, one.asked]), one])).values()]
}

describe('an image from a file, in Chromium, with every network cut off', () => {
  let [server, browser, built]: [PageServer, Browser, Awaited<ReturnType<typeof buildPage>>] = [] as never

  beforeAll(async () => {
    built = await buildPage('web')
    server = await servePage({ folder: join(built.folder, 'web') })
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await server.close()
    built.remove()
  })

  it('asks for nothing more than its own code', async () => {
    const { page, broken, close } = await open(browser, server.url)
    await page.focus('#reference')
    await page.waitForTimeout(300)
    const outside: string[] = []
    await page.context().route('**', (route) => {
      const url = route.request().url()
      if (url.startsWith(`${server.url}assets/`)) return route.continue()
      outside.push(url)
      return route.abort()
    })
    await drop(page, [{ name: 'image.tar', bytes: writeTar(layoutOf('unsigned')) }])
    await outcomeOf(page)
    expect(await page.textContent('#result')).toContain('does not say which image it is')
    await page.fill('#reference', 'registry.example.com/demo/unsigned:v1')
    await page.click('#check')
    await page.waitForSelector('#judged')
    expect(await page.textContent('.facts')).toContain('Nothing was asked of any network')
    expect(outside).toEqual([])
    expect(broken).toEqual([])
    await close()
  })

  it('gives for every fixture the bytes that the library gives', async () => {
    const { page, close } = await open(browser, server.url)
    const cases = pageCases()
    const texts = await page.evaluate(judgeInPage, cases)
    expect(texts.filter((text) => text === null)).toEqual([])
    for (const [i, one] of cases.entries()) {
      const { at } = JSON.parse(texts[i] ?? '{}') as { at: string }
      const source = await openEvidence(base64Decode(one.tar))
      const verdict = await verify(one.reference, { ...optionsOf({ ...one.asked, at }), source, all: true })
      expect(texts[i], one.name).toBe(encodeVerdict(verdict))
    }
    expect(new Set(cases.map(({ tar }) => tar)).size).toBe(caseNames().length)
    await close()
  })
})
