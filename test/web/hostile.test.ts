import { join } from 'node:path'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildImage, objectOf, seedImage } from '../../demo/images.ts'
import { createRegistry } from '../../demo/registry/app.ts'
import { LIMITS, openEvidence, registry as registryOf, sign, generateKey, collectEvidence, type GeneratedKey } from '../../src/index.ts'
import { readTar, writeTar } from '../../src/oci/tar.ts'
import { serveApp as serveReal } from '../../worker/node.ts'
import { ask, buildPage, launch, open, type OpenPage } from './browser.ts'
import { honest, servePage, type PageServerOptions } from './serve.ts'

const MARKUP = '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>'

/** Serves it on loopback; `open`: to pages of every origin, else to none, as most registries do. */
async function serveApp(answer: (request: Request) => Response | Promise<Response>, open: boolean): Promise<{ readonly host: string; readonly server: Server }> {
  const server = createAdaptorServer({
    fetch: async (request) => {
      const { body, status, headers } = await answer(request)
      const kept = [...headers].filter(([name]) => !name.startsWith('access-control-allow-origin'))
      return new Response(body, { status, headers: open ? [...kept, ['access-control-allow-origin', '*']] : kept })
    },
  }) as Server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

describe('a page whose bytes come from a server that can not be trusted', () => {
  const { app, store } = createRegistry()
  let [host, registry, browser, built, release, stranger]: [string, Server, Browser, Awaited<ReturnType<typeof buildPage>>, GeneratedKey, GeneratedKey] = [] as never

  beforeAll(async () => {
    built = await buildPage('web')
    ;({ host, server: registry } = await serveApp((request) => app.fetch(request), false))
    ;[release, stranger] = await Promise.all([generateKey(), generateKey('ed25519')])
    for (const name of ['good', 'old', 'foreign', 'unsigned']) await seedImage(store, `demo/${name}`, '1.0', await buildImage({ text: name }))
    const timing = { now: () => 0, random: () => 0.5, sleep: async () => {} }
    let now = 0
    const source = registryOf()
    const jumping = { ...timing, now: () => now, sleep: async (ms: number) => void (now += ms) }
    await sign(`${host}/demo/good:1.0`, { source, signer: release.signer, layout: 'flat', annotations: { note: MARKUP, link: 'javascript:document.title=1', bidi: 'a\u202eb' }, timing: jumping })
    await sign(`${host}/demo/old:1.0`, { source, signer: release.signer, layout: 'flat', timing: jumping })
    await sign(`${host}/demo/foreign:1.0`, { source, signer: stranger.signer, layout: 'flat', timing: jumping })
    browser = await launch()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    registry.closeAllConnections()
    registry.close()
    built.remove()
  })

  const image = (name: string): string => `${host}/demo/${name}:1.0`

  /** What the page says of the image where its server answers `v1/evidence` so. */
  async function through(evidence: NonNullable<PageServerOptions['evidence']> | null, reference: string): Promise<OpenPage & { readonly outcome: string; readonly text: string }> {
    const server = await servePage({ folder: join(built.folder, 'web'), evidence })
    const opened = await open(browser, server.url)
    onTestFinished(async () => {
      await opened.close()
      await server.close()
    })
    const outcome = await ask(opened.page, { reference, trust: release.publicPem })
    return { ...opened, outcome, text: (await opened.page.textContent('#result')) ?? '' }
  }

  it('allows what an honest server carries, and says that it carried it', async () => {
    const { outcome, text } = await through(honest, image('good'))
    expect(outcome).toBe('Allowed')
    expect(text).toContain('through the server of this page')
    expect(text).toContain('Every digest and signature was checked here')
  })

  it('is served by the real server, under its own headers, which carries the bytes as well', async () => {
    const lines: string[] = []
    const server = await serveReal({ host: '127.0.0.1', port: 0, env: {}, policy: null, registry: () => ({}), log: (line) => void lines.push(line), page: join(built.folder, 'web') })
    const { page, broken, close } = await open(browser, server.url)
    onTestFinished(async () => {
      await close()
      await server.close()
    })
    expect(await ask(page, { reference: image('good'), trust: release.publicPem })).toBe('Allowed')
    expect(await page.textContent('.facts')).toContain('through the server of this page')
    expect(lines.some((line) => line.includes('/v1/evidence'))).toBe(true)
    expect(broken.filter((line) => !/CORS|Failed to load/.test(line))).toEqual([])
  })

  it('T62: a server that only says "verified" gives nothing', async () => {
    const { outcome, text } = await through(async () => new TextEncoder().encode('{"outcome":"allow","verified":true}'), image('good'))
    expect(outcome).toBe('Undecided')
    expect(text).toContain('no evidence')
  })

  it('T62: bytes that do not have their digest are no allow', async () => {
    const { outcome } = await through(async (reference) => {
      const files = new Map(readTar(new Uint8Array(await honest(reference))))
      const changed = [...files].map(([path, bytes]) => [path, path.startsWith('blobs/') ? new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"schemaVersion":2', '"schemaVersion": 2')) : bytes] as const)
      return writeTar(new Map(changed))
    }, image('good'))
    expect(outcome).toBe('Denied')
  })

  it('T62: the record of another image is not taken for what was asked', async () => {
    const { outcome, text } = await through(() => honest(image('old')), image('good'))
    expect(outcome).toBe('Undecided')
    expect(text).toContain('something else than a record of what was asked for')
  })

  it('T62: a layout that marks nothing is no record: absence would be nobody’s word', async () => {
    const { outcome, text } = await through(async (reference) => {
      const files = new Map(readTar(new Uint8Array(await honest(reference))))
      const index = JSON.parse(new TextDecoder().decode(files.get('index.json'))) as { annotations?: unknown }
      delete index.annotations
      return writeTar(files.set('index.json', new TextEncoder().encode(JSON.stringify(index))))
    }, image('good'))
    expect(outcome).toBe('Undecided')
    expect(text).toContain('something else than a record')
  })

  it('T62: under a digest nothing else is shown; under a tag the page says which digest it checked', async () => {
    const { digest } = await collectEvidence(image('good'), { source: registryOf() })
    const lying = async (reference: string): Promise<Uint8Array> => {
      const files = new Map(readTar(new Uint8Array(await honest(image('old')))))
      const index = new TextDecoder().decode(files.get('index.json')).replaceAll('demo/old:1.0', reference.slice(host.length + 1))
      return writeTar(files.set('index.json', new TextEncoder().encode(index)))
    }
    const byDigest = await through(lying, `${host}/demo/good@${digest ?? ''}`)
    expect(byDigest.outcome).toBe('Undecided')
    const byTag = await through(lying, image('good'))
    const old = await openEvidence(new Uint8Array(await honest(image('old'))))
    expect(old.recorded).not.toBe(null)
    expect(await byTag.page.textContent('#digest')).not.toBe(digest)
    expect(byTag.text).toContain('an older image that is truly signed could be put under this tag')
  })

  it('T62: evidence signed by a key of the server’s own is denied', async () => {
    const { outcome } = await through(honest, image('foreign'))
    expect(outcome).toBe('Denied')
  })

  it('T62: a server that has no evidence is named, and nothing is guessed', async () => {
    const { outcome, text } = await through(null, image('good'))
    expect(outcome).toBe('Undecided')
    expect(text).toContain('it answered 404')
    const refusing = await through(() => Promise.reject(new Error(MARKUP)), image('good'))
    expect(refusing.outcome).toBe('Undecided')
    expect(refusing.text).toContain(MARKUP)
  })

  it('T62: an answer without end is not read to its end', async () => {
    const { outcome, text } = await through(() => Promise.resolve(new Uint8Array(LIMITS.tarBytes + 1)), image('good'))
    expect(outcome).toBe('Undecided')
    expect(text).toContain('larger than its limit')
  })

  it('R2: what another host says after a redirect is no absence', async () => {
    const storage = createServer((request, response) => response.writeHead(request.method === 'OPTIONS' ? 204 : 404, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }).end())
    await new Promise<void>((resolve) => storage.listen(0, '127.0.0.1', resolve))
    const { port } = storage.address() as AddressInfo
    const redirecting = await serveApp((request) => {
      if (request.method === 'OPTIONS' || !request.url.endsWith('.sig')) return app.fetch(request)
      return Response.redirect(`http://127.0.0.1:${port}/`, 307)
    }, true)
    onTestFinished(() => [storage, redirecting.server].forEach((server) => server.close().closeAllConnections()))
    const { outcome, text } = await through(null, `${redirecting.host}/demo/unsigned:1.0`)
    expect(outcome).toBe('Undecided')
    expect(text).toContain(`from the registry ${redirecting.host} itself, read by this browser.`)
    expect(text).toContain('could not be read')
    expect(text).not.toContain('CORS')
  })

  it('T61: markup and addresses in signed annotations and types are shown as text', async () => {
    const { digest } = await collectEvidence(image('good'), { source: registryOf() })
    const manifest = await objectOf('application/vnd.oci.image.manifest.v1+json', {
      schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', artifactType: 'application/vnd.example+x',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 },
      layers: [], subject: { mediaType: 'application/vnd.oci.image.index.v1+json', digest, size: store.manifest('demo/good', '1.0')?.bytes.length }, annotations: { title: MARKUP },
    })
    await store.putManifest('demo/good', manifest.digest, manifest.bytes, manifest.mediaType)
    const { page, broken, outcome, text } = await through(honest, image('good'))
    expect(outcome).toBe('Allowed')
    expect(text).toContain(MARKUP)
    expect(text).toContain('javascript:document.title=1')
    expect(text).toContain(String.raw`a\u{202e}b`)
    expect(text).toContain('application/vnd.example+x')
    expect(await page.title()).not.toContain('owned')
    expect(await page.locator('#result img, #result script, #result [href^="javascript:"]').count()).toBe(0)
    expect(broken.filter((line) => !/CORS|Failed to load/.test(line))).toEqual([])
  })

  it('T61: nothing turns text into markup or code, and no other page frames this one', async () => {
    const { page } = await through(honest, image('good'))
    const refused = await page.evaluate(() => {
      const attempts = [() => void (document.body.innerHTML = '<b>x</b>'), () => new Worker('x.js'), () => document.createElement('script').setAttribute('src', 'x.js')]
      return attempts.map((attempt) => {
        try {
          attempt()
          return 'done'
        } catch {
          return 'refused'
        }
      })
    })
    expect(refused).toEqual(['refused', 'refused', 'refused'])
    const framed = await browser.newPage()
    await framed.setContent(`<iframe src="${page.url()}"></iframe>`)
    await framed.waitForTimeout(300)
    expect(await framed.frames()[1]?.locator('#form').count()).toBe(0)
    await framed.close()
  })
})
