import { Hono } from 'hono'
import { VERSION } from '../src/index.ts'

/** The Worker: alive, and honest about what it does not answer yet; `/v1` comes with the service. Errors are problem documents (RFC 9457). */
const app: Hono = new Hono()

app.get('/healthz', (context) => context.json({ status: 'ok', verifier: `sealdex/${VERSION}` }))

app.notFound((context) => context.json(
  { type: 'about:blank', title: 'Not found', status: 404, code: 'not-found', detail: 'This version answers /healthz only; verify with the command line or the library.' },
  404,
  { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
))

export default app
