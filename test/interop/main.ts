/**
 * `npm run test:interop`: signed by us and read by the real tools, signed by the real tools and read by us, on real registries; prints one line for each check
 * and, where all of it is measured, writes docs/compatibility.md. Every program is started here and ended here. Parts can be named: `node test/interop/main.ts matrix cosign`.
 */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkAttached } from './attached.ts'
import { Checks } from './checks.ts'
import { writeCompatibility, writeRaces } from './compatibility-doc.ts'
import { checkCopies } from './copies.ts'
import { checkCosignKeys } from './cosign-keys.ts'
import { startDockerRegistry } from './docker-registry.ts'
import { checkFixtures } from './fixtures-pushed.ts'
import { measureMatrix, type MatrixRow, type Surroundings } from './matrix.ts'
import { startOlareg } from './olareg.ts'
import { checkNotation } from './notation.ts'
import { findPeers, NOTATION, versionsOf } from './peers.ts'
import { checkContainersPolicy } from './policies/containers-policy.ts'
import { run } from './process.ts'
import { checkRaces } from './race/all.ts'
import type { RaceRow } from './race/others.ts'
import { checkSigstore } from './sigstore.ts'

const PARTS = ['matrix', 'cosign', 'sigstore', 'notation', 'copies', 'attached', 'policies', 'fixtures', 'lost-updates', 'races']
const asked = new Set(process.argv.slice(2))
const unknown = [...asked].find((part) => !PARTS.includes(part))
if (unknown !== undefined) throw new Error(`${unknown} is no part: ${PARTS.join(', ')}.`)
const wanted = (part: string): boolean => asked.size === 0 || asked.has(part)

/** Found afterwards, and said by the processes. */
function allSixteen(line: string): boolean {
  const counts = [...line.matchAll(/\b(\d+) of 16\b/g)].map(([, count]) => count)
  return counts.length === 2 && counts.every((count) => count === '16')
}

const peers = await findPeers()
const checks = new Checks()
const folder = await mkdtemp(join(tmpdir(), 'sealdex-interop-'))
const home = join(folder, 'home')
await mkdir(home)
const opened: (() => Promise<void>)[] = []
// at the very end: until then something may still be written there
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** The latest first. */
async function closeAll(): Promise<void> {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void closeAll().finally(() => process.exit(130)))

async function startRegistries(): Promise<Surroundings['hosts']> {
  const docker = await startDockerRegistry()
  opened.push(docker.close)
  const olareg = await startOlareg(peers.olareg)
  opened.push(olareg.close)
  const distribution = await startDockerRegistry(peers.distribution)
  opened.push(distribution.close)
  return { 'docker-registry': docker.host, 'olareg': olareg.host, 'distribution': distribution.host }
}

// a home of its own: nobody's credentials, trust or settings
const env = { HOME: home, XDG_RUNTIME_DIR: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_CACHE_HOME: join(home, 'cache'), XDG_DATA_HOME: join(home, 'data') }
let rows: readonly MatrixRow[] = []
let races: readonly RaceRow[] = []
try {
  const surroundings: Surroundings = { peers, folder, env, hosts: await startRegistries(), onClose: (close) => void opened.push(close) }
  if (wanted('matrix')) {
    await checks.part('Clients, layouts, registries', async () => {
      rows = await measureMatrix(checks, surroundings)
    })
  }
  if (wanted('cosign')) await checks.part("cosign's signatures and keys", () => checkCosignKeys(checks, surroundings))
  if (wanted('sigstore')) await checks.part('Without a key, by a private Sigstore', () => checkSigstore(checks, surroundings))
  if (wanted('notation')) await checks.part("notation's signatures, trust policy and store", () => checkNotation(checks, surroundings))
  if (wanted('copies')) await checks.part('Copied and exported by us', () => checkCopies(checks, surroundings))
  if (wanted('attached')) await checks.part('Attached, attested, listed and pruned by us', () => checkAttached(checks, surroundings))
  if (wanted('policies')) await checks.part("Policies of podman's, judged by its own library and by us", () => checkContainersPolicy(checks, surroundings))
  if (wanted('fixtures')) {
    await checks.part('Fixtures, pushed to real registries', async () => {
      await checkFixtures(checks, surroundings)
    })
  }
  if (wanted('lost-updates')) {
    await checks.part('No lost update: sixteen processes sign at once', async () => {
      const { code, stdout, stderr } = await run(process.execPath, [join(import.meta.dirname, 'lost-updates.ts')], { timeoutMs: 3_600_000 })
      const rounds = stdout.split('\n').filter((line) => / round \d+: /.test(line))
      for (const line of rounds) checks.check(`docker-registry, ${line}`, allSixteen(line) ? null : `expected: 16 of 16\n${stderr}`)
      if (code !== 0 || rounds.length !== 12) checks.check('lost-updates.ts', `exit ${code}, ${rounds.length} rounds of 12\n${stdout}\n${stderr}`)
    })
  }
  if (wanted('races')) {
    await checks.part('Races: sixteen processes at once, of ours and of others', async () => {
      races = await checkRaces(checks, surroundings)
    })
  }
  if (asked.size > 0 && races.length > 0) await writeRaces(races)
  // a page with half of it measured would say less than the one that is there
  if (asked.size === 0) await writeCompatibility({ rows, races, crossings: checks.crossings, versions: [...await versionsOf(peers), `notation ${NOTATION.slice(1)}`], hosts: Object.values(surroundings.hosts), folder })
} finally {
  await closeAll()
}
console.log(`\n${checks.summary()}`)
process.exitCode = checks.failed === 0 ? 0 : 1
