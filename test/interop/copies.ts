/** What sealdex copies and exports is what real tools read: cosign verifies what was exported, and what was copied by us with its tags and referrers. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checks } from './checks.ts'
import { SIG_FLAGS } from './cosign-keys.ts'
import { REGISTRIES, type RegistryName } from './expectations.ts'
import type { Surroundings } from './matrix.ts'
import { checkNotationExport } from './notation-export.ts'
import { mustRun, run, sealdex, troubleOf, type Ran } from './process.ts'
import { pushNewImage } from './push.ts'

const PASSWORD = 'test-password'

export async function checkCopies(checks: Checks, surroundings: Surroundings): Promise<void> {
  const { hosts, folder } = surroundings
  const env = { ...surroundings.env, COSIGN_PASSWORD: PASSWORD }
  const prefix = join(folder, 'copies', 'release')
  await mkdir(join(folder, 'copies'), { recursive: true })
  await mustRun(sealdex(['keygen', '--output-key-prefix', prefix], { env }))
  const of = { checks, surroundings, env, prefix }
  for (const name of REGISTRIES) await checkExport(of, name, hosts[name])
  await checkNotationExport(checks, surroundings)
  for (const [from, to] of [['olareg', 'docker-registry'], ['docker-registry', 'olareg']] as const) await checkCopy(of, `${from} to ${to}`, hosts[from], hosts[to])
}

interface Of {
  readonly checks: Checks
  readonly surroundings: Surroundings
  readonly env: Readonly<Record<string, string>>
  readonly prefix: string
}

async function checkExport({ checks, surroundings: { peers }, env, prefix }: Of, name: RegistryName, host: string): Promise<void> {
  const cosign = (...args: readonly string[]): Promise<Ran> => run(peers.cosign, ['verify', '--key', `${prefix}.pub`, '--insecure-ignore-tlog=true', ...args], { env })
  for (const [layout, target] of [['detached', 'index'], ['flat', 'platform']] as const) {
    const reference = await freshImage(host, `export/${layout}`)
    await mustRun(sealdex(['sign', reference, '--key', `${prefix}.key`, '--layout', layout, '-a', 'env=prod'], { env }))
    const exported = await sealdex(['export', reference, '--to', 'cosign'], { env })
    checks.check(`${name}: sealdex export --to cosign of a ${layout} signature`, exported.code === 0 ? null : troubleOf(exported))
    const digest = target === 'index' ? '' : (await mustRun(sealdex(['resolve', reference, '--platform', 'linux/amd64'], { env }))).stdout.trim()
    const verified = await cosign('--new-bundle-format=false', '-a', 'env=prod', digest === '' ? reference : digest)
    checks.crossed(`${name}: cosign verify of it, on the ${target}`, { what: `exported to cosign (.sig), from ${layout}`, registry: name, signed: exported, verified: verified.command }, verified.code === 0 ? null : troubleOf(verified))
  }
  // beside cosign's own, which stays
  const beside = await freshImage(host, 'export/beside')
  await mustRun(run(peers.cosign, ['sign', '--key', `${prefix}.key`, ...SIG_FLAGS, beside], { env }))
  await mustRun(sealdex(['sign', beside, '--key', `${prefix}.key`], { env }))
  await mustRun(sealdex(['export', beside, '--to', 'cosign'], { env }))
  const both = await cosign('--new-bundle-format=false', '--output', 'json', beside)
  const count = both.code === 0 ? (JSON.parse(both.stdout) as readonly unknown[]).length : 0
  checks.check(`${name}: beside cosign's own signature, cosign verifies both: ${count}`, count === 2 ? null : troubleOf(both))
  const bundled = await freshImage(host, 'export/bundle')
  await mustRun(sealdex(['sign', bundled, '--key', `${prefix}.key`], { env }))
  const exported = await sealdex(['export', bundled, '--to', 'bundle', '--key', `${prefix}.key`], { env })
  checks.check(`${name}: sealdex export --to bundle`, exported.code === 0 ? null : troubleOf(exported))
  const verified = await cosign(bundled)
  checks.crossed(`${name}: cosign verify of the bundle`, { what: 'exported to a bundle', registry: name, signed: exported, verified: verified.command }, verified.code === 0 ? null : troubleOf(verified))
}

/** Signed by cosign in both of its forms and by us, copied, then verified by each where it is now; and through a tar. */
async function checkCopy({ checks, surroundings: { peers, folder }, env, prefix }: Of, title: string, from: string, to: string): Promise<void> {
  const source = await freshImage(from, `copy/${to.split(':')[1] ?? ''}`)
  await mustRun(run(peers.cosign, ['sign', '--key', `${prefix}.key`, ...SIG_FLAGS, source], { env }))
  await mustRun(run(peers.cosign, ['sign', '--key', `${prefix}.key`, '--yes', '--tlog-upload=false', '--use-signing-config=false', source], { env }))
  await mustRun(sealdex(['sign', source, '--key', `${prefix}.key`], { env }))
  const tar = join(folder, 'copies', `${to.split(':')[1] ?? ''}.tar`)
  const steps = [[source, `${to}/copied/app:v1`], [`${to}/copied/app:v1`, `layout:${tar}`], [`layout:${tar}`, `${to}/unpacked/app:v1`]] as const
  for (const [a, b] of steps) {
    const copied = await sealdex(['copy', a, b, '--key', `${prefix}.pub`], { env })
    checks.check(`${title}: sealdex copy ${a.startsWith('layout:') ? 'out of a tar' : b.startsWith('layout:') ? 'into a tar' : 'between registries'}`, copied.code === 0 && copied.stdout.includes('before: allow, after: allow') ? null : troubleOf(copied))
  }
  for (const copy of ['copied', 'unpacked']) {
    for (const form of ['--new-bundle-format=false', '--new-bundle-format=true']) {
      const verified = await run(peers.cosign, ['verify', '--key', `${prefix}.pub`, '--insecure-ignore-tlog=true', form, `${to}/${copy}/app:v1`], { env })
      checks.check(`${title}, ${copy}: cosign verify ${form}`, verified.code === 0 ? null : troubleOf(verified))
    }
  }
}

async function freshImage(host: string, repository: string): Promise<string> {
  await pushNewImage(host, repository)
  return `${host}/${repository}:v1`
}
