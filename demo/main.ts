import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../src/cli/run.ts'
import { processTerminal } from '../src/cli/terminal.ts'
import { wrap } from '../src/cli/wrap.ts'
import { serveRegistry, type ServedRegistry } from './registry/serve.ts'
import { optionsOf, seedRegistry, type Seed } from './seeds.ts'
import { demoPolicy, demoService } from './service.ts'

const DEFAULT_PORT = 8787

const terminal = processTerminal(false)
const folder = mkdtempSync(join(tmpdir(), 'sealdex-demo-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

let registry: ServedRegistry | null = null
let stopping = false
/** Until the images are there, nothing is judged. */
let service: (request: Request) => Response | Promise<Response> = () => new Response('The images are being made.\n', { status: 503, headers: { 'Retry-After': '1' } })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())

await main().catch(async (error: unknown) => {
  // fetch asks no port that it holds for another service's, 5061 for example
  fail(`The images could not be made: ${error instanceof Error ? error.message : 'for a reason that is not known'} Another PORT may help.`)
  await registry?.close()
})

async function main(): Promise<void> {
  const port = portOf(process.env['PORT'])
  if (port === null) return fail('PORT is a number from 0 to 65535 (0: any free port).')
  try {
    registry = await serveRegistry({ port, beside: (request) => service(request) })
  } catch {
    return fail(`Port ${port} can not be listened on: is the demo running already? PORT=0 npm start takes a free one.`)
  }
  const seeds = await seedRegistry(registry.host, registry.store)
  const { images, files } = seeds
  for (const [name, text] of files) writeFileSync(join(folder, name), text, { mode: 0o600 })
  writeFileSync(join(folder, 'policy.json'), `${JSON.stringify(demoPolicy(seeds), null, 2)}\n`)
  service = await demoService(seeds)
  terminal.out(`A registry with ${images.length} images serves at ${registry.url}; each was just judged as "sealdex verify" does it.\n`)
  for (const seed of images) await show(seed)
  terminal.out(toTry(registry.host))
  terminal.out(`\nThe page, which judges in the browser:\n  ${registry.url}/\n`)
  terminal.out(`\nReady: ${registry.url} serves registry, API and page until Ctrl-C.\n`)
}

/** The verdict as the command line gives it, by the same code. */
async function show(seed: Seed): Promise<void> {
  const { about, reference } = seed
  const args = ['verify', reference, ...optionsOf(seed, (name) => join(folder, name))]
  terminal.out(`\n${terminal.style.dim('─'.repeat(Math.min(terminal.columns, 80)))}\n${wrap(about, terminal.columns).join('\n')}\n$ npx sealdex ${args.join(' ')}\n\n`)
  // a user's proxy and login are no part of the demo
  const status = await run(args, { ...terminal, env: {} })
  terminal.out(`${terminal.style.dim(`exit status ${status}`)}\n`)
}

function toTry(host: string): string {
  const key = (name: string): string => join(folder, name)
  const commands = [
    `npx sealdex who ${host}/demo/flat:1.0`,
    `npx sealdex tree ${host}/demo/shadowed:1.0`,
    `npx sealdex sign ${host}/demo/unsigned:1.0 --key ${key('lead.key')}`,
    `npx sealdex verify ${host}/demo/unsigned:1.0 --key ${key('lead.pub')}`,
    `npx sealdex verify ${host}/demo/detached:1.0 --key ${key('release.pub')} --output json`,
    `npx sealdex verify ${host}/demo/flat:1.0 --policy ${join(folder, 'policy.json')}`,
    `npx sealdex who ${host}/demo/keyless:v1 --trusted-root ${key('trusted_root.json')}`,
    `npx sealdex evidence ${host}/demo/cosign-sig:v1 -o ${join(folder, 'evidence.tar')}`,
    `npx sealdex verify ${host}/demo/cosign-sig:v1 --key ${key('cosign.pub')} --source layout:${join(folder, 'evidence.tar')}`,
  ]
  const rule = terminal.style.dim('─'.repeat(Math.min(terminal.columns, 80)))
  return `\n${rule}\nTo try next, in another terminal:\n${commands.map((line) => `  ${line}\n`).join('')}\nMay it run, and which digest? (what a deploy script asks)\n  curl -fsS 'http://${host}/v1/gate?ref=${host}/demo/flat:1.0'\n`
}

function portOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return DEFAULT_PORT
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null
}

function fail(message: string): void {
  terminal.err(`${message}\n`)
  process.exitCode = 1
}

/** Leaves nothing behind: no port, no folder. */
async function stop(): Promise<void> {
  // npm hands on the Ctrl-C that the terminal has given us already
  if (stopping) return
  stopping = true
  terminal.out('\nStopping.\n')
  await registry?.close()
  process.exit(0)
}
