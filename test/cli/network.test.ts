import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { expect, onTestFinished, test } from 'vitest'
import { createRegistry } from '../../demo/registry/app.ts'
import { loadLayout } from '../../demo/registry/layout.ts'
import type { AuthOptions } from '../../demo/registry/users.ts'
import { layoutOf } from '../fixtures.ts'
import { folder, keyFile, sealdex, servedCase } from './command.ts'
import { CA, CERTIFICATE, KEY } from './tls-fixture.ts'

const TRUST = ['--key', keyFile('cosign-sig-index', 'keys/k1.pub')]

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  }))
  return (server.address() as AddressInfo).port
}

/** The embedded registry over TLS, with the certificate of the tests' own authority. */
async function tlsRegistry(auth?: AuthOptions): Promise<number> {
  const { app, store } = createRegistry(auth === undefined ? {} : { auth })
  await loadLayout(store, 'demo/app', layoutOf('cosign-sig-index'))
  return listening(createTlsServer({ cert: CERTIFICATE, key: KEY }, getRequestListener(app.fetch)))
}

function caFile(): string {
  const path = join(folder(), 'ca.pem')
  writeFileSync(path, CA)
  return path
}

test('HTTPS_PROXY and --registry-ca: through CONNECT to a registry that only the proxy knows', async () => {
  const port = await tlsRegistry()
  const asked: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [upstream, socket]) end.on('error', () => upstream.destroy())
  })
  const env = { HTTPS_PROXY: `http://127.0.0.1:${await listening(proxy)}` }
  const args = ['verify', 'registry.test/demo/app:v1', ...TRUST]
  const trusting = await sealdex([...args, '--registry-ca', caFile()], { env })
  expect(trusting.out).toMatch(/^ALLOW/)
  expect(trusting.status).toBe(0)
  expect(new Set(asked)).toEqual(new Set(['registry.test:443']))
  const untrusting = await sealdex(args, { env })
  expect(untrusting.status).toBe(3)
  expect(untrusting.out).toContain('--registry-ca FILE')
  const exempt = await sealdex([...args, '--timeout', '5s'], { env: { ...env, NO_PROXY: 'registry.test' } })
  expect(exempt.status).toBe(3)
})

test.each(['basic', 'bearer'] as const)('a credential helper of docker\'s is asked (%s)', async (scheme) => {
  const { registry, reference } = await servedCase('cosign-sig-index', { auth: { scheme, users: { me: 'pass' } } })
  const home = folder()
  const helper = join(home, 'docker-credential-fake')
  writeFileSync(helper, `#!/bin/sh\nread -r server\necho "$1 $server" >> ${join(home, 'asked')}\necho '{"ServerURL":"","Username":"me","Secret":"pass"}'\n`)
  chmodSync(helper, 0o755)
  const config = join(home, 'docker')
  mkdirSync(config)
  writeFileSync(join(config, 'config.json'), JSON.stringify({ credHelpers: { [registry.host]: 'fake' } }))
  const env = { PATH: `${home}:${process.env['PATH'] ?? ''}`, DOCKER_CONFIG: config }
  const args = ['verify', reference, ...TRUST]
  expect((await sealdex(args, { env })).status).toBe(0)
  expect(readFileSync(join(home, 'asked'), 'utf8')).toBe(`get ${registry.host}\n`)
  const anonymous = await sealdex(args)
  expect(anonymous.status).toBe(3)
  expect(anonymous.out).toContain('docker login')
})

test('a docker config that is broken is told, not passed over', async () => {
  const { reference } = await servedCase('cosign-sig-index', { auth: { scheme: 'basic', users: { me: 'pass' } } })
  const config = folder()
  writeFileSync(join(config, 'config.json'), '{')
  const { status, out, err } = await sealdex(['verify', reference, ...TRUST], { env: { DOCKER_CONFIG: config } })
  expect(status).toBe(3)
  expect(out).toMatch(/^INDETERMINATE/)
  expect(err).toMatch(/^sealdex: .*config\.json is not a JSON object.*\[unauthorized\]\n$/)
})
