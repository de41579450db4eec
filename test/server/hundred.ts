/** A hundred requests of every kind, for a registry that demo/seeds.ts has filled. */
import { collectEvidence, registry } from '../../src/index.ts'

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
}

const JSON_TYPE = { 'content-type': 'application/json' }
const IMAGES = ['flat:1.0', 'detached:1.0', 'unsigned:1.0', 'tampered:1.0', 'shadowed:1.0', 'cosign-sig:v1', 'nothing:1.0']

export async function hundred(host: string, keys: readonly string[]): Promise<readonly Sent[]> {
  const get = (path: string, headers: Sent['headers'] = {}, method = 'GET'): Sent => ({ method, path, headers, body: null })
  const post = (path: string, body: string | Uint8Array, headers: Sent['headers']): Sent => ({ method: 'POST', path, headers, body: typeof body === 'string' ? new TextEncoder().encode(body) : body })
  const ref = (image: string): string => `ref=${encodeURIComponent(`${host}/demo/${image}`)}`
  const flat = ref('flat:1.0')
  const tars = await Promise.all(IMAGES.slice(0, 6).map(async (image) => (await collectEvidence(`${host}/demo/${image}`, { source: registry() })).tar()))
  const own = { version: 1, policies: [{ name: 'own', scopes: ['*'], signers: { who: { keys: keys.slice(0, 1).map((key) => ({ key })) } }, require: { coverage: 'index' } }] }
  return [
    ...IMAGES.flatMap((image) => [
      get(`/v1/verify?${ref(image)}`), get(`/v1/verify?${ref(image)}&platform=linux/arm64`), get(`/v1/verify?${ref(image)}&policy=nobody`), get(`/v1/gate?${ref(image)}`), get(`/v1/gate?${ref(image)}&platform=linux/amd64`),
      get(`/v1/resolve?${ref(image)}`), get(`/v1/evidence?${ref(image)}`), post('/v1/verify', JSON.stringify({ reference: `${host}/demo/${image}`, policy: own }), JSON_TYPE),
    ]),
    ...tars.map((tar) => post('/v1/verify', tar, { 'content-type': 'application/x-tar' })),
    get(`/v1/verify?${flat}`, { accept: 'application/json' }), get(`/v1/verify?${flat}`, { accept: 'application/jose' }), get(`/v1/gate?${flat}`, { accept: 'text/plain' }), get(`/v1/verify?${flat}`, {}, 'HEAD'),
    get(`/v1/gate?${flat}`, { 'if-none-match': '*' }), get('/v1/verify', {}, 'OPTIONS'), get('/v1/verify', {}, 'DELETE'), get('/v1/gate', {}, 'PUT'), get('/v1/nothing'), get('/v1/batch', {}, 'POST'), get('/readyz'), get('/healthz'),
    get('/healthz', {}, 'HEAD'), get('/openapi.json'), get('/docs/http-api.md'), get('/v1/verify'), get(`/v1/verify?${flat}&${flat}`), get('/v1/verify?ref=A+b'), get('/v1/verify?reff=x'), get(`/v1/verify?${flat}&platform=x`),
    get(`/v1/verify?${flat}&policy=unknown`), get('/v1/verify?ref=10.0.0.1/a/b:c'), get('/v1/verify?ref=0xa9fea9fe:80/a/b:c'), get('/v1/verify?ref=%5B::ffff:169.254.169.254%5D/a/b:c'), get('/v1/verify?ref=ghcr.io/a/b:c'),
    get(`/v1/verify?ref=${'a'.repeat(5_000)}`), post('/v1/verify', '{', JSON_TYPE), post('/v1/verify', '{"reference":1}', JSON_TYPE), post('/v1/verify', 'x', { 'content-type': 'text/plain' }), post('/v1/verify', 'x', {}),
    post(`/v1/verify?${flat}`, new Uint8Array(2_048).fill(65), { 'content-type': 'application/x-tar' }), post('/v1/verify', JSON.stringify({ reference: `${host}/demo/flat:1.0`, policy: { version: 1 } }), JSON_TYPE),
    post('/v1/verify', new Uint8Array(200_000), JSON_TYPE), get('/v1/%76erify'), get('/v1/verify/'), get('/v1//verify'), get(`/v1/verify?${flat}`, { authorization: 'Basic eDp5' }), get('/v1/verify?%00=1'),
  ]
}
