import { LIMITS } from '../src/index.ts'
import { connectionsBy } from './connections.ts'
import { fetchHandler, type FetchHandler } from './handler.ts'
import { judgedFetch, systemResolver } from './judged-fetch.ts'
import { OPENAPI_PATH, openApiFile } from './openapi.ts'

/** The fetch handler of Deno (`deno serve`) and Bun, which has no page. workerd has worker/workerd.ts, Node worker/node.ts. */
const handler: FetchHandler = fetchHandler({
  environment: () => process.env,
  surroundings: () => ({
    asset: (path) => Promise.resolve(path === OPENAPI_PATH ? openApiFile() : null),
    maxRequests: LIMITS.requests,
    registry: (addresses) => ({ fetch: judgedFetch(connectionsBy(addresses), systemResolver) }),
  }),
})

export default handler
