import { Hono } from 'hono/tiny'
import { LIMITS } from '../src/index.ts'
import { answer, COMMON_HEADERS, DECISION_HEADERS, problemResponse } from './answer.ts'
import type { Call, Handler } from './call.ts'
import { logLine } from './log.ts'
import { Problem, problemOf } from './problem.ts'
import { evidence } from './routes/evidence.ts'
import { gate } from './routes/gate.ts'
import { nowhere, pageFile } from './routes/page.ts'
import { resolve } from './routes/resolve.ts'
import { description, health, problemDocs } from './routes/service.ts'
import { sendsTar, verifyByBody, verifyByQuery } from './routes/verify.ts'
import type { Settings } from './settings.ts'

interface Route {
  readonly path: string
  readonly methods: Readonly<Record<string, Handler>>
  /** It reads registries or evidence: the load is limited, and nothing of the answer is kept. */
  readonly decides: boolean
}

export const ROUTES: readonly Route[] = [
  { path: '/v1/verify', methods: { GET: verifyByQuery, POST: verifyByBody }, decides: true },
  { path: '/v1/gate', methods: { GET: gate }, decides: true },
  { path: '/v1/resolve', methods: { GET: resolve }, decides: true },
  { path: '/v1/evidence', methods: { GET: evidence }, decides: true },
  { path: '/openapi.json', methods: { GET: description }, decides: false },
  { path: '/healthz', methods: { GET: health }, decides: false },
  { path: '/docs/http-api.md', methods: { GET: problemDocs }, decides: false },
]

/** The same app for every runtime: a pure function of its settings and the request (docs/http-api.md). */
export function createApp(settings: Settings): Hono {
  const app = new Hono()
  for (const { path, methods, decides } of ROUTES) {
    app.all(path, ({ req }) => logged(req.raw, settings, decides, async (call) => {
      // the router takes a slash at the end for nothing
      if (call.url.pathname !== path) throw nowhere(call.url.pathname)
      const handler = handlerOf(call, methods)
      if (!decides) return handler(call)
      return settings.lines[sendsTar(call) ? 'tars' : 'questions'](() => handler(call))
    }))
  }
  // the page and its files, and all that is nowhere
  app.all('*', ({ req }) => logged(req.raw, settings, false, async (call) => {
    const file = await pageFile(call)
    return handlerOf(call, { GET: () => answer(call, file) })(call)
  }))
  return app
}

/** Throws `method-not-allowed`. */
function handlerOf({ request }: Call, methods: Route['methods']): Handler {
  const allow = [...Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name])), 'OPTIONS'].join(', ')
  if (request.method === 'OPTIONS') return () => Promise.resolve(preflight(allow))
  const handler = methods[request.method === 'HEAD' ? 'GET' : request.method]
  if (handler === undefined) throw new Problem('method-not-allowed', `This path knows ${allow}.`, { headers: { Allow: allow } })
  return handler
}

/** What a page of another origin may ask here: everything, since there is nothing here that belongs to a visitor. */
function preflight(allow: string): Response {
  const cors = { 'Access-Control-Allow-Methods': allow, 'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, If-None-Match', 'Access-Control-Max-Age': '86400' }
  return new Response(null, { status: 204, headers: { ...COMMON_HEADERS, ...cors, Allow: allow } })
}

/** One answer for every request, whatever happens, and one line in the log. */
async function logged(request: Request, settings: Settings, decides: boolean, work: Handler): Promise<Response> {
  const started = performance.now()
  const call: Call = { request, url: new URL(request.url), settings, noted: {} }
  const response = await answered(call, work)
  if (decides) for (const [name, value] of Object.entries(DECISION_HEADERS)) response.headers.set(name, value)
  const ms = Math.round((performance.now() - started) * 10) / 10
  response.headers.set('Server-Timing', `total;dur=${ms}`)
  settings.log(logLine({ ...call, now: settings.now() }, response.status, ms))
  return response
}

async function answered(call: Call, work: Handler): Promise<Response> {
  try {
    if (call.request.url.length > LIMITS.urlLength) throw new Problem('url-too-long', `The URL has more than ${LIMITS.urlLength} characters.`)
    return await work(call)
  } catch (error) {
    const problem = problemOf(error)
    call.noted.code = problem.code
    // never told to the caller, and never lost
    if (problem.code === 'internal' && error instanceof Error) call.noted.error = error.stack ?? error.message
    return problemResponse(problem)
  }
}
