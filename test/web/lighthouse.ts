/** `npm run lighthouse`: the built page as the real server hands it out, judged by Lighthouse; fails below 0.95 in performance, accessibility or best practices. */
import { join } from 'node:path'
import { createServer, type AddressInfo } from 'node:net'
import lighthouse from 'lighthouse'
import { serveApp } from '../../worker/node.ts'
import { buildPage, launch } from './browser.ts'

const LEAST = 0.95
const built = await buildPage('web')
const server = await serveApp({ host: '127.0.0.1', port: 0, env: {}, policy: null, registry: () => ({}), log: () => {}, page: join(built.folder, 'web') })
const port = await freePort()
const browser = await launch([`--remote-debugging-port=${port}`])
try {
  for (const formFactor of ['mobile', 'desktop'] as const) {
    const desktop = { formFactor, screenEmulation: { mobile: false, width: 1_350, height: 940, deviceScaleFactor: 1, disabled: false }, throttling: { rttMs: 40, throughputKbps: 10_240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 } }
    const run = await lighthouse(server.url, { port, output: 'json', logLevel: 'silent', onlyCategories: ['performance', 'accessibility', 'best-practices'], ...(formFactor === 'desktop' && desktop) })
    if (run === undefined) throw new Error('Lighthouse gave no report')
    const { categories, audits } = run.lhr
    const scores = Object.values(categories).map(({ title, score }) => `${title} ${score ?? 'none'}`)
    const timings = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift'].map((id) => `${audits[id]?.title ?? id} ${audits[id]?.displayValue ?? '?'}`)
    console.log(`${formFactor}: ${scores.join(', ')} (${timings.join(', ')})`)
    const lost = Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight, id }) => weight > 0 && (audits[id]?.score ?? 1) < 1).map(({ id }) => `${id}: ${audits[id]?.title ?? ''} ${audits[id]?.displayValue ?? ''}`))
    for (const line of lost) console.log(`  ${line}`)
    if (Object.values(categories).some(({ score }) => (score ?? 0) < LEAST)) process.exitCode = 1
  }
} finally {
  await browser.close()
  await server.close()
  built.remove()
}

/** Lighthouse speaks to the browser over a port of its own. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
