import { createServer as createHttpServer, request, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nodeFetch } from '../../src/cli/net.ts'
import { proxyFor } from '../../src/cli/proxy.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import { outcome } from '../source/registry-fixture.ts'
import { CA, CERTIFICATE, KEY } from './tls-fixture.ts'

/** Serves until the test ends; `tunnels` are connections that the server gave away. */
async function listening(server: Server, tunnels: ReadonlySet<Duplex> = new Set()): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
    for (const tunnel of tunnels) tunnel.destroy()
  }))
  return (server.address() as AddressInfo).port
}

/** A registry over TLS that answers every manifest with `{}`. */
function tlsRegistry(): Promise<number> {
  return listening(createTlsServer({ cert: CERTIFICATE, key: KEY }, (_, response) => response.end('{}')))
}

interface Proxy {
  readonly url: string
  /** `CONNECT host:port` and `GET url`, as they came. */
  readonly log: string[]
  readonly authorizations: (string | undefined)[]
}

/** A proxy that leads every name to one port of this machine. */
async function proxyTo(port: number): Promise<Proxy> {
  const [log, authorizations]: [string[], (string | undefined)[]] = [[], []]
  const tunnels = new Set<Duplex>()
  const server = createHttpServer((incoming, response) => {
    log.push(`${incoming.method} ${incoming.url}`)
    authorizations.push(incoming.headers['proxy-authorization'])
    const { pathname } = new URL(incoming.url ?? '')
    incoming.pipe(request({ port, host: '127.0.0.1', path: pathname, method: incoming.method }, (answer) => answer.pipe(response)))
  })
  server.on('connect', (incoming, socket, head) => {
    log.push(`CONNECT ${incoming.url}`)
    authorizations.push(incoming.headers['proxy-authorization'])
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [upstream, socket]) tunnels.add(end.on('error', () => upstream.destroy()))
  })
  return { url: `http://127.0.0.1:${await listening(server, tunnels)}`, log, authorizations }
}

const REFERENCE = parseReference('registry.test/demo/app:v1')

describe('--registry-ca', () => {
  test('lets in what it has signed, and nothing else is let in without it', async () => {
    const port = await tlsRegistry()
    const url = `https://localhost:${port}/v2/`
    expect((await nodeFetch({ ca: CA, env: {} })(url, {})).status).toBe(200)
    await expect(nodeFetch({ env: {} })(url, {})).rejects.toThrow()
    await expect(nodeFetch({ env: { HTTPS_PROXY: 'http://proxy.example' } })(url, {})).rejects.toThrow()
  })

  test('a file without a certificate is wrong use', () => {
    expect(() => nodeFetch({ ca: 'hello', env: {} })).toThrow(expect.objectContaining({ code: 'bad-option' }))
  })
})

describe('proxies', () => {
  test('a registry over HTTPS through CONNECT, with the CA for the registry', async () => {
    const proxy = await proxyTo(await tlsRegistry())
    const source = registry({ fetch: nodeFetch({ ca: CA, env: { HTTPS_PROXY: proxy.url } }) })
    expect(outcome(await source.resolve(REFERENCE, new Guard()))).toBe('read')
    expect(proxy.log).toEqual(['CONNECT registry.test:443'])
    const untrusting = registry({ fetch: nodeFetch({ env: { HTTPS_PROXY: proxy.url } }) })
    expect(outcome(await untrusting.resolve(REFERENCE, new Guard()))).toBe('failed unreachable')
  })

  test('a registry over plain HTTP by its whole URL; name and password of the proxy go to the proxy', async () => {
    const server = createHttpServer((incoming, response) => response.end(incoming.headers['proxy-authorization'] ?? '{}'))
    const proxy = await proxyTo(await listening(server))
    const source = registry({ plainHttp: true, fetch: nodeFetch({ env: { http_proxy: proxy.url.replace('//', '//me:pass@') } }) })
    expect(outcome(await source.resolve(REFERENCE, new Guard()))).toBe('read')
    expect(proxy.log).toEqual(['GET http://registry.test/v2/demo/app/manifests/v1'])
    expect(proxy.authorizations).toEqual([`Basic ${btoa('me:pass')}`])
  })

  test('NO_PROXY and loopback go straight', async () => {
    const proxy = await proxyTo(await tlsRegistry())
    const plain = await listening(createHttpServer((_, response) => response.end('{}')))
    const fetch = nodeFetch({ env: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: 'registry.test' } })
    expect((await fetch(`http://127.0.0.1:${plain}/`, {})).status).toBe(200)
    await expect(fetch('https://registry.test/', { signal: AbortSignal.timeout(5_000) })).rejects.toThrow()
    expect(proxy.log).toEqual([])
  })
})

describe('which proxy', () => {
  const env = { HTTPS_PROXY: 'https://secure.example:3129', HTTP_PROXY: 'plain.example:3128', NO_PROXY: 'a.example, .b.example,*.c.example d.example:8443' }
  test.each([
    ['https://registry.example/', 'https://secure.example:3129/'],
    ['http://registry.example/', 'http://plain.example:3128/'],
    ['https://a.example/', null],
    ['https://x.a.example/', null],
    ['https://xa.example/', 'https://secure.example:3129/'],
    ['https://x.b.example/', null],
    ['https://x.c.example/', null],
    ['https://d.example:8443/', null],
    ['https://d.example/', 'https://secure.example:3129/'],
    ['http://localhost:5000/', null],
    ['http://127.0.0.2:5000/', null],
    ['http://[::1]:5000/', null],
  ])('%s: %s', (url, expected) => {
    expect(proxyFor(new URL(url), env)).toBe(expected)
  })

  test('lower case first, each for its scheme, * for none, nonsense is wrong use', () => {
    const url = new URL('https://registry.example/')
    expect(proxyFor(url, { https_proxy: 'http://lower.example', HTTPS_PROXY: 'http://upper.example' })).toBe('http://lower.example/')
    expect(proxyFor(url, { HTTP_PROXY: 'http://plain.example' })).toBeNull()
    expect(proxyFor(url, { HTTPS_PROXY: 'http://p.example', no_proxy: '*' })).toBeNull()
    for (const nonsense of ['socks5://p.example', 'http://', 'http://me:secret@']) {
      expect(() => nodeFetch({ env: { HTTPS_PROXY: nonsense } })).toThrow(expect.objectContaining({ code: 'bad-option', message: expect.not.stringContaining('secret') }))
    }
  })
})
