import type { Hono } from 'hono/tiny'
import { createApp } from './app.ts'
import { problemResponse } from './answer.ts'
import { settingsFromEnv, type Env, type Surroundings } from './env.ts'
import { logLine } from './log.ts'
import { Problem } from './problem.ts'

/** What a runtime calls for each request; the second argument is its own. */
export interface FetchHandler {
  fetch(request: Request, bindings: unknown): Promise<Response>
}

/** Where a fetch handler runs. */
export interface Runtime {
  /** Its variables, out of what it hands in with a request. The same object while they are the same. */
  readonly environment: (bindings: unknown) => Env
  readonly surroundings: (env: Env) => Omit<Surroundings, 'log'>
}

/** The app as a fetch handler: settings are read once for each environment, and a mistake in them is told by every request. */
export function fetchHandler({ environment, surroundings }: Runtime): FetchHandler {
  const apps = new WeakMap<Env, Hono>()
  const appFor = async (env: Env): Promise<Hono> => {
    // what is kept is the app and not its promise: in workerd a promise ends with the request that made it
    const app = apps.get(env) ?? createApp(await settingsFromEnv(env, { ...surroundings(env), log: (line) => console.log(line) }))
    apps.set(env, app)
    return app
  }
  return {
    async fetch(request, bindings) {
      try {
        return await (await appFor(environment(bindings))).fetch(request)
      } catch (error) {
        console.log(logLine({ request, url: new URL(request.url), now: new Date(), noted: { code: 'internal', error: String(error) } }, 500, 0))
        return problemResponse(new Problem('internal', 'The server\'s settings are wrong; its log says which.'))
      }
    },
  }
}
