import { describe, expect, test } from 'vitest'
import { json, OCI_INDEX, testRegistry, type TestRegistry } from './call.ts'

const EMPTY_INDEX = json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })
const BASIC = { Authorization: `Basic ${btoa('user:secret')}` }

async function guarded(options: { scheme: 'basic' | 'bearer'; anonymousPull?: boolean; tokenSeconds?: number }): Promise<TestRegistry> {
  const registry = testRegistry({ auth: { users: { user: 'secret' }, ...options } })
  await registry.store.putManifest('demo/app', 'v1', EMPTY_INDEX, OCI_INDEX)
  return registry
}

async function token({ call }: TestRegistry, scope: string, headers: Record<string, string> = {}): Promise<Record<string, string>> {
  const reply = await call('GET', `/token?service=demo&scope=${scope}`, { headers })
  return { Authorization: `Bearer ${((await reply.json()) as { token: string }).token}` }
}

const read = ({ call }: TestRegistry, headers: Record<string, string> = {}) => call('GET', '/v2/demo/app/manifests/v1', { headers })
const write = ({ call }: TestRegistry, headers: Record<string, string>) =>
  call('PUT', '/v2/demo/app/manifests/v2', { body: EMPTY_INDEX, headers: { ...headers, 'Content-Type': OCI_INDEX } })

test('basic: a challenge, then the right name and password', async () => {
  const registry = await guarded({ scheme: 'basic' })
  const refused = await read(registry)
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="registry"'])
  expect((await read(registry, BASIC)).status).toBe(200)
  expect((await read(registry, { Authorization: `Basic ${btoa('user:wrong')}` })).status).toBe(401)
})

describe('bearer', () => {
  test('the challenge names realm, service and the scope that is needed', async () => {
    const refused = await read(await guarded({ scheme: 'bearer', anonymousPull: true }))
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="http://registry.test/token",service="demo",scope="repository:demo/app:pull"')
  })

  test('an anonymous token pulls and does not push', async () => {
    const registry = await guarded({ scheme: 'bearer', anonymousPull: true })
    const bearer = await token(registry, 'repository:demo/app:pull,push')
    expect((await read(registry, bearer)).status).toBe(200)
    expect((await write(registry, bearer)).status).toBe(401)
  })

  test('a token is good for its scope only', async () => {
    const registry = await guarded({ scheme: 'bearer' })
    expect((await read(registry, await token(registry, 'repository:demo/other:pull', BASIC))).status).toBe(401)
    expect((await write(registry, await token(registry, 'repository:demo/app:pull', BASIC))).status).toBe(401)
    expect((await write(registry, await token(registry, 'repository:demo/app:pull,push', BASIC))).status).toBe(201)
  })

  test('wrong credentials are refused at the token endpoint, an expired token at the registry', async () => {
    const registry = await guarded({ scheme: 'bearer', tokenSeconds: 0 })
    expect((await registry.call('GET', '/token', { headers: { Authorization: `Basic ${btoa('user:wrong')}` } })).status).toBe(401)
    expect((await read(registry, await token(registry, 'repository:demo/app:pull', BASIC))).status).toBe(401)
  })
})
