/** OIDC issuers with made-up https names, and the proxy that leads Fulcio there; all on loopback, in this process. */
import { sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { publicJwk, type Material } from './material.ts'

export const ACCOUNTS = 'https://accounts.example.com'
export const ACTIONS = 'https://token.actions.example.com'
export const ISSUERS: readonly string[] = [ACCOUNTS, ACTIONS]

export interface Issuers {
  /** For `HTTPS_PROXY`. */
  readonly proxy: string
  /** As GitHub's runners have it: gives out this token to whoever has the secret. */
  readonly tokenEndpoint: string
  /** A signed token for Sigstore, good for ten minutes. */
  token(claims: Readonly<Record<string, unknown>>): string
  close(): Promise<void>
}

export const RUNNER_SECRET = 'secret-of-the-runner'

export async function startIssuers({ file, tokenKey }: Material, runnerClaims: Readonly<Record<string, unknown>>): Promise<Issuers> {
  const token = (claims: Readonly<Record<string, unknown>>): string => {
    const now = Math.floor(Date.now() / 1000)
    const signed = [{ alg: 'RS256', typ: 'JWT', kid: 'test' }, { aud: 'sigstore', iat: now, nbf: now - 5, exp: now + 600, ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${signed}.${sign('sha256', Buffer.from(signed), tokenKey).toString('base64url')}`
  }
  const issuers = https.createServer({ key: readFileSync(file('tls.key')), cert: readFileSync(file('tls.pem')) }, (request, response) => {
    const answer = answerOf(`https://${request.headers.host ?? ''}${request.url ?? ''}`, publicJwk(tokenKey))
    response.writeHead(answer === null ? 404 : 200, { 'content-type': 'application/json' })
    response.end(answer ?? '')
  })
  const port = await listen(issuers)
  const proxy = http.createServer((_, response) => response.writeHead(502).end())
  proxy.on('connect', (request, client: net.Socket, head: Buffer) => tunnel(request.url ?? '', port, client, head))
  const runner = http.createServer((request, response) => {
    const mayHave = request.headers.authorization === `bearer ${RUNNER_SECRET}` && new URL(request.url ?? '', 'http://x').searchParams.get('audience') === 'sigstore'
    response.writeHead(mayHave ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(mayHave ? { value: token(runnerClaims) } : {}))
  })
  const [proxyPort, runnerPort] = [await listen(proxy), await listen(runner)]
  return { proxy: `http://127.0.0.1:${proxyPort}`, tokenEndpoint: `http://127.0.0.1:${runnerPort}/token?api-version=2.0`, token, close: () => closeAll([issuers, proxy, runner]) }
}

function answerOf(url: string, jwk: object): string | null {
  const issuer = ISSUERS.find((each) => url.startsWith(`${each}/`))
  if (issuer === undefined) return null
  if (url === `${issuer}/keys`) return JSON.stringify({ keys: [jwk] })
  if (url !== `${issuer}/.well-known/openid-configuration`) return null
  return JSON.stringify({
    issuer, jwks_uri: `${issuer}/keys`, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, response_types_supported: ['id_token'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
  })
}

/** To the issuers and nowhere else. */
function tunnel(target: string, port: number, client: net.Socket, head: Buffer): void {
  client.on('error', () => undefined)
  if (!ISSUERS.some((issuer) => `${new URL(issuer).host}:443` === target)) return void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  const server = net.connect(port, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n')
    server.write(head)
    server.pipe(client)
    client.pipe(server)
  })
  server.on('error', () => client.destroy())
}

async function listen(server: net.Server): Promise<number> {
  const open = new Set<net.Socket>()
  sockets.set(server, open)
  server.on('connection', (socket: net.Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Tunnels are no connections to Node's HTTP server any more, so all sockets are remembered here. */
const sockets = new WeakMap<net.Server, Set<net.Socket>>()

async function closeAll(servers: readonly net.Server[]): Promise<void> {
  for (const server of servers) {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets.get(server) ?? []) socket.destroy()
    await closed
  }
}
