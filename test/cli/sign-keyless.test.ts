import { readFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { describe, expect, onTestFinished, test } from 'vitest'
import { buildImage, seedImage } from '../../demo/images.ts'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { trustOf } from '../sigstore/kit/deployment.ts'
import type { JsonFields } from '../sigstore/kit/json.ts'
import { configFor, EMAIL_CLAIMS, signingDoubles, tokenWith, type Lies, type Services } from '../sigstore/signing/services.ts'
import { signed as metadata, testRepository } from '../sigstore/tuf/repository.ts'
import { command, folder, sealdex, type Ran } from './command.ts'

const WHO = ['--certificate-identity', 'ada@example.com', '--certificate-oidc-issuer', 'https://accounts.example.com']

async function serve(app: Hono): Promise<string> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  }))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Desk {
  readonly reference: string
  readonly services: Services
  /** `--signing-config` and `--trusted-root`. */
  readonly options: readonly string[]
  readonly root: string
  readonly token: string
  readonly tokenFile: string
  readonly path: (name: string) => string
}

/** A registry and the doubles, on sockets, by the real clock. */
async function desk(lies: Lies = {}): Promise<Desk> {
  const now = Math.floor(Date.now() / 1000)
  const [registry, services, at] = [await serveRegistry(), signingDoubles('command line', lies, now), folder()]
  onTestFinished(() => registry.close())
  await seedImage(registry.store, 'demo/app', '1.0', await buildImage())
  const path = (name: string): string => join(at, name)
  const save = (name: string, value: string): string => {
    writeFileSync(path(name), value)
    return path(name)
  }
  const [root, config] = [save('trusted_root.json', JSON.stringify(trustOf(services.on))), save('signing_config.json', JSON.stringify(configFor({ base: await serve(services.app) })))]
  const token = tokenWith(EMAIL_CLAIMS, now)
  return { reference: `${registry.host}/demo/app:1.0`, services, options: ['--signing-config', config, '--trusted-root', root], root, token, tokenFile: save('token.jwt', `${token}\n`), path }
}

/** No piece of the token that could be of use stands in what was printed. */
function tellsNothing({ out, err }: Ran, token: string): void {
  const text = (out + err).replace(/\s+/g, '')
  for (let at = 0; at + 16 <= token.length; at += 4) expect(text).not.toContain(token.slice(at, at + 16))
}

describe('sign --identity-token', () => {
  test('from a file: signed, verified by identity, and the bundle too', async () => {
    const { reference, options, root, token, tokenFile, path } = await desk()
    const bundle = path('image.sigstore.json')
    const signed = await command(['sign', reference, '--identity-token', tokenFile, ...options, '--bundle', bundle])
    expect(signed.out).toMatch(/^SIGNED [\s\S]*Written\n {2}referrer {2}sha256:/)
    expect(signed.status).toBe(0)
    tellsNothing(signed, token)
    const verified = await command(['verify', reference, ...WHO, '--trusted-root', root])
    expect([verified.status, verified.out]).toEqual([0, expect.stringContaining('ada@example.com')])
    expect((await command(['verify', reference, '--certificate-identity', 'mallory@example.com', ...WHO.slice(2), '--trusted-root', root])).status).toBe(1)
    const [digest = ''] = /sha256:[0-9a-f]{64}/.exec(JSON.stringify(JSON.parse((await command(['sign', reference, '--identity-token', tokenFile, ...options, '--output', 'json'])).out) as JsonFields)) ?? []
    expect((await command(['verify-bundle', digest, '--bundle', bundle, ...WHO, '--trusted-root', root])).status).toBe(0)
    expect(readFileSync(bundle, 'utf8')).toMatch(/^\{.*\}\n$/)
    expect((await command(['sign', reference, '--identity-token', tokenFile, ...options])).out).toContain('was signed by this identity already')
  })

  test('from standard input', async () => {
    const { reference, options, token } = await desk()
    const signed = await sealdex(['sign', reference, '--identity-token', '-', ...options, '--output', 'json'], { input: token })
    expect(signed).toMatchObject({ status: 0, out: expect.stringContaining('"state":"signed"') as string })
    expect(signed.out).not.toContain('"bundle"')
    tellsNothing(signed, token)
  })

  test('of GitHub Actions, where none is given', async () => {
    const { reference, options, root, token } = await desk()
    const runner = new Hono().get('/token', (context) => context.req.header('authorization') === 'bearer runner-secret' && context.req.query('audience') === 'sigstore' ? context.json({ value: token }) : context.json({}, 401))
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: `${await serve(runner)}/token?api-version=2.0`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-secret' }
    expect((await command(['sign', reference, ...options], env)).status).toBe(0)
    expect((await command(['verify', reference, ...WHO, '--trusted-root', root])).status).toBe(0)
    const refused = await command(['sign', reference, ...options], { ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another-secret' })
    expect(refused).toMatchObject({ status: 2, err: expect.stringMatching(/it answered 401\. The job needs the permission "id-token: write"\. \[bad-token\]/) as string })
    expect(refused.err).not.toContain('another-secret')
  })

  test.each([['a redirect', 'redirect'], ['no JSON', 'text'], ['an endless answer', 'endless']])('GitHub Actions answers with %s', async (_, kind) => {
    const { reference, options } = await desk()
    const answers = new Hono()
      .get('/redirect', (context) => context.redirect('http://127.0.0.1:1/'))
      .get('/text', (context) => context.text('<html>'))
      .get('/endless', () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })))
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: `${await serve(answers)}/${kind}`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-secret' }
    expect(await command(['sign', reference, ...options], env)).toMatchObject({ status: 2, err: expect.stringContaining('gave no identity token') as string })
  })

  test('GitHub Actions is asked over HTTPS only', async () => {
    const { reference, options } = await desk()
    expect(await command(['sign', reference, ...options], { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://actions.example/token', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 's' })).toMatchObject({ status: 2, err: expect.stringContaining('no https address') as string })
  })
})

/** A TUF repository of these targets, good for long, by the real clock. */
async function mirror(targets: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const repository = await testRepository()
  for (const role of Object.values(repository.roles)) role.signed.expires = '2099-01-01T00:00:00Z'
  for (const [name, path] of Object.entries(targets)) await repository.addTarget(name, Uint8Array.from(readFileSync(path)))
  await repository.publish()
  const root = join(folder(), 'root.json')
  writeFileSync(root, await metadata(repository.roles.root.signed, repository.roles.root.signers))
  const served = new Hono().get('*', (context) => {
    const bytes = repository.files.get(context.req.path.slice(1))
    return bytes === undefined ? context.notFound() : context.body(bytes)
  })
  return ['--tuf-mirror', await serve(served), '--tuf-root', root]
}

describe('sign --tuf-mirror', () => {
  test('takes the services and the root from there', async () => {
    const { reference, options: [, config = '', , root = ''], tokenFile } = await desk()
    const options = await mirror({ 'trusted_root.json': root, 'signing_config.v0.2.json': config })
    expect(await command(['sign', reference, '--identity-token', tokenFile, ...options], { XDG_CACHE_HOME: folder() })).toMatchObject({ status: 0 })
    expect((await command(['verify', reference, ...WHO, '--trusted-root', root])).status).toBe(0)
  })

  test('that has no signing config says so', async () => {
    const { reference, options: [, , , root = ''], tokenFile } = await desk()
    const signed = await command(['sign', reference, '--identity-token', tokenFile, ...(await mirror({ 'trusted_root.json': root }))], { XDG_CACHE_HOME: folder() })
    expect(signed).toMatchObject({ status: 3, err: expect.stringContaining('no signing_config.v0.2.json among its targets') as string })
  })
})

describe('the token is told to nobody', () => {
  test.each<readonly [string, Lies]>([
    ['refused, and repeated by the service', { answer: { fulcio: async (context) => context.json({ message: await context.req.text() }, 400) } }],
    ['a lie', { leaf: { issuer: 'https://other.example' } }],
  ])('%s, with SEALDEX_DEBUG', async (_, lies) => {
    const { reference, options, token, tokenFile } = await desk(lies)
    const signed = await command(['sign', reference, '--identity-token', tokenFile, ...options], { SEALDEX_DEBUG: '1' })
    expect(signed.status).toBe(3)
    tellsNothing(signed, token)
  })

  test('a token on the command line is refused, and not repeated', async () => {
    const { reference, options, token } = await desk()
    const signed = await command(['sign', reference, '--identity-token', token, ...options])
    expect(signed).toMatchObject({ status: 2, err: expect.stringContaining('whatever stands on a command line can be read by others') as string })
    tellsNothing(signed, token)
  })

  test('a file that holds no token, or an old one', async () => {
    const { reference, options, path } = await desk()
    for (const text of ['secret-text-that-is-no-token', tokenWith(EMAIL_CLAIMS, 1_700_000_000)]) {
      writeFileSync(path('t'), text)
      const signed = await command(['sign', reference, '--identity-token', path('t'), ...options])
      expect(signed).toMatchObject({ status: 2, err: expect.stringContaining('[bad-token]') as string })
      tellsNothing(signed, text)
    }
  })
})

test('a lying service: exit status 3, and nothing is written', async () => {
  const { reference, options, root, tokenFile } = await desk({ timestamp: { imprint: new Uint8Array(32) } })
  expect(await command(['sign', reference, '--identity-token', tokenFile, ...options])).toMatchObject({ status: 3, out: '', err: expect.stringContaining('[bad-timestamp]') as string })
  expect((await command(['verify', reference, ...WHO, '--trusted-root', root])).out).toContain('no signature')
})
