import type { Content } from '../answer.ts'
import type { Call } from '../call.ts'
import { PAGE_POLICY } from '../page-policy.ts'
import { Problem } from '../problem.ts'
import { quoted } from '../text.ts'

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>sealdex</title>
<p>The page is not here: in a checkout, run <code>npm run build:web</code> and start <code>sealdex serve</code> again. The API answers all the same: see <a href="/openapi.json">/openapi.json</a>.</p>
</html>
`

/** The page and its files. Their names under assets/ change with what is in them, so they may be kept; the page itself is asked for anew. */
export async function pageFile(call: Call): Promise<Content> {
  const path = call.url.pathname === '/' ? '/index.html' : call.url.pathname
  const asset = await call.settings.asset(path)
  const kept = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  const headers = { 'Cache-Control': kept, 'Content-Security-Policy': PAGE_POLICY, 'Cross-Origin-Opener-Policy': 'same-origin', 'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()' }
  if (asset !== null) return { body: asset.bytes, type: asset.type, headers }
  if (call.url.pathname === '/') return { body: NOT_BUILT, type: 'text/html; charset=utf-8', headers: { ...headers, 'Cache-Control': 'no-store' } }
  throw nowhere(call.url.pathname)
}

export function nowhere(path: string): Problem {
  return new Problem('not-found', `${quoted(path)} is no path of this server.`)
}
