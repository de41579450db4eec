import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveRegistry, type ServedRegistry } from '../../demo/registry/serve.ts'
import { seedRegistry, type Seeds } from '../../demo/seeds.ts'
import { folder as temporary, sealdex } from '../cli/command.ts'
import { ask, buildPage, download, jsonOf, launch, open, outcomeOf, press } from './browser.ts'
import { exampleOf, servePage, type PageServer } from './serve.ts'

const SSH_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID0nCBstSHgf9hIeznay8+BaiiXGTnj+p5YqPryriMyM'

describe('the page, built, in Chromium', () => {
  let [registry, seeds, server, browser, built]: [ServedRegistry, Seeds, PageServer, Browser, Awaited<ReturnType<typeof buildPage>>] = [] as never

  beforeAll(async () => {
    built = await buildPage('web', 'single')
    registry = await serveRegistry()
    seeds = await seedRegistry(registry.host, registry.store)
    const examples = seeds.images.map((seed) => exampleOf(seed, seeds.files))
    server = await servePage({ folder: join(built.folder, 'web'), examples })
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await server.close()
    // the last test has closed it
    await registry.close().catch(() => {})
    built.remove()
  })

  const keyText = (name: string): string => `# ${name}\n${seeds.files.get(name) ?? ''}`
  const reference = (name: string): string => `${registry.host}/demo/${name}:1.0`

  it('says each outcome in words, reading the registry itself, with nothing refused by its content security policy', async () => {
    const { page, broken, close } = await open(browser, server.url)
    const said = []
    for (const name of ['flat', 'unsigned', 'tampered', 'shadowed', 'nothing']) said.push(await ask(page, { reference: reference(name), trust: keyText('release.pub') }))
    expect(said).toEqual(['Allowed', 'Unsigned', 'Denied', 'Denied', 'Undecided'])
    expect(await page.textContent('.facts')).toContain(`from the registry ${registry.host} itself`)
    expect(await ask(page, { reference: reference('flat'), trust: '' })).toBe('4 signatures')
    expect(await page.textContent('.summary')).toContain('nothing is decided')
    expect(broken.filter((text) => !text.includes('404'))).toEqual([])
    await close()
  })

  it('gives a command line that gives the same bytes', async () => {
    const { page, close } = await open(browser, server.url)
    const asked = [[`${keyText('lead.pub')}\n${keyText('release.pub')}`, 'linux/arm64', ''], [`dev@example.org ${SSH_KEY}`, '', ''], ['', '', ''], ['', '', 'dev@example.org']] as const
    for (const [trust, platform, identity] of asked) {
      await page.evaluate(() => document.querySelector('details')?.setAttribute('open', ''))
      await page.fill('#platform', platform)
      await page.fill('#identity', identity)
      await page.fill('#issuer', identity === '' ? '' : 'https://accounts.example.org')
      await ask(page, { reference: reference('flat'), trust })
      const cwd = temporary()
      const links = page.locator('.files a')
      for (let i = 0; i < await links.count(); i++) {
        const { name, bytes } = await download(page, links.nth(i))
        writeFileSync(join(cwd, name), bytes)
      }
      const [command, ...args] = ((await page.textContent('#command')) ?? '').split(' ')
      expect(command).toBe('sealdex')
      const { out } = await sealdex(args, { cwd })
      expect(out).toBe(`${await jsonOf(page)}\n`)
    }
    await close()
  })

  it('reads a reference as people paste it, and says how', async () => {
    const { page, close } = await open(browser, server.url)
    await page.fill('#reference', `  docker pull --platform linux/arm64 "${reference('flat')}" `)
    expect(await page.textContent('#read-as')).toBe(`Read as ${reference('flat')}`)
    expect(await page.inputValue('#platform')).toBe('linux/arm64')
    for (const [pasted, why] of [['ghcr.іo/acme/app', 'xn--'], ['https://hub.docker.com/_/nginx', 'address of a page'], ['acme app', 'blank']] as const) {
      await page.fill('#reference', pasted)
      await page.click('#check')
      await page.waitForSelector('#reference[aria-invalid=true]:focus')
      expect(await page.textContent('#read-as')).toContain(why)
    }
    await close()
  })

  it('names a key that it can not read, before anything is asked', async () => {
    const { page, close } = await open(browser, server.url)
    await page.fill('#reference', reference('flat'))
    for (const [trust, why] of [['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'private key'], ['hello', 'neither a public key']] as const) {
      await page.fill('#trust', trust)
      await press(page)
      await page.waitForSelector('#trust[aria-invalid=true]:focus')
      expect(await page.textContent('#keys')).toContain(why)
    }
    await close()
  })

  it('carries the image in its link and never a key; back and forward show what was shown', async () => {
    const { page, close } = await open(browser, server.url)
    await ask(page, { reference: reference('flat'), trust: keyText('release.pub') })
    expect(page.url()).toBe(`${server.url}#ref=${reference('flat')}`)
    await ask(page, { reference: reference('unsigned') })
    await page.goBack()
    await page.waitForFunction(() => document.querySelector('#outcome')?.textContent === 'Allowed')
    expect(await page.inputValue('#reference')).toBe(reference('flat'))
    await page.goForward()
    await page.waitForFunction(() => document.querySelector('#outcome')?.textContent === 'Unsigned')
    const shared = await open(browser, `${server.url}#ref=${reference('flat')}&platform=linux/amd64`)
    expect(await outcomeOf(shared.page)).toBe('4 signatures')
    expect(await shared.page.inputValue('#platform')).toBe('linux/amd64')
    await shared.close()
    await close()
  })

  it('offers the examples of the server that it came from, each with one click', async () => {
    const { page, close } = await open(browser, server.url)
    await page.click('.example:has-text("demo/detached")')
    expect(await outcomeOf(page)).toBe('Allowed')
    expect(await page.inputValue('#trust')).toContain('# release.pub')
    expect(await page.textContent('.summary')).toContain('release.pub')
    await page.evaluate(() => document.querySelector('#result')?.replaceChildren())
    await page.click('.example:has-text("demo/keyless")')
    expect(await outcomeOf(page)).toBe('Allowed')
    expect(await page.textContent('#root')).toContain('trusted_root.json')
    expect(await page.textContent('#command')).toContain('--certificate-oidc-issuer')
    const cwd = temporary()
    for (const link of await page.locator('.files a').all()) {
      const { name, bytes } = await download(page, link)
      writeFileSync(join(cwd, name), bytes)
    }
    const { out } = await sealdex(((await page.textContent('#command')) ?? '').split(' ').slice(1), { cwd })
    expect(out).toBe(`${await jsonOf(page)}\n`)
    await close()
  })

  it('as one file, opened from the disk: the same, with no server to ask', async () => {
    const { page, broken, close } = await open(browser, `file://${join(built.folder, 'single', 'sealdex.html')}`)
    expect(await ask(page, { reference: reference('flat'), trust: keyText('release.pub') })).toBe('Allowed')
    expect(await page.textContent('#origin')).toContain('a file on your disk')
    await registry.close()
    expect(await ask(page, { reference: reference('flat') })).toBe('Undecided')
    expect(await page.textContent('.facts')).toContain('no server that could carry the bytes')
    expect(broken.filter((text) => !text.includes('Failed to load'))).toEqual([])
    await close()
  })
})
