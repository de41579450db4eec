/**
 * `npm run test:interop`: signed by us and read by the real tools, signed by the real tools and read by us, on real registries; prints one line for each check
 * and writes docs/compatibility.md. Every program is started here and ended here. Parts can be named: `node test/interop/main.ts matrix cosign`.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Checks } from './checks.ts'
import { checkCosignKeys } from './cosign-keys.ts'
import { startDockerRegistry } from './docker-registry.ts'
import { checkFixtures } from './fixtures-pushed.ts'
import { measureMatrix, type Surroundings } from './matrix.ts'
import { startOlareg } from './olareg.ts'
import { findPeers } from './peers.ts'

const asked = new Set(process.argv.slice(2))
const wanted = (part: string): boolean => asked.size === 0 || asked.has(part)

const peers = await findPeers()
const checks = new Checks()
const folder = await mkdtemp(join(tmpdir(), 'sealdex-interop-'))
const home = join(folder, 'home')
await mkdir(home)
const registries = await Promise.all([startDockerRegistry(), startOlareg(peers.olareg)])
const [docker, olareg] = registries
// a home of its own: nobody's credentials, trust or settings
const surroundings: Surroundings = { peers, folder, env: { HOME: home, XDG_RUNTIME_DIR: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_CACHE_HOME: join(home, 'cache'), XDG_DATA_HOME: join(home, 'data') }, hosts: { 'docker-registry': docker.host, 'olareg': olareg.host } }
try {
  if (wanted('matrix')) {
    await checks.part('Clients, layouts, registries', async () => {
      await measureMatrix(checks, surroundings)
    })
  }
  if (wanted('cosign')) await checks.part("cosign's signatures and keys", () => checkCosignKeys(checks, surroundings))
  if (wanted('fixtures')) {
    await checks.part('Fixtures, pushed to real registries', async () => {
      await checkFixtures(checks, surroundings)
    })
  }
} finally {
  await Promise.all(registries.map((registry) => registry.close()))
  await rm(folder, { recursive: true, force: true })
}
console.log(`\n${checks.summary()}`)
process.exitCode = checks.failed === 0 ? 0 : 1
