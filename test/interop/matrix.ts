/** Client × layout × registry: signed with us, pulled and copied by real clients, verified where it arrived. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { missingInLayout, missingInRegistry, verifyOutcome, type Verified } from './arrival.ts'
import type { Checks } from './checks.ts'
import { CLIENTS, layoutFolder, type Cell, type Client } from './clients.ts'
import { startContainerd } from './containerd.ts'
import { expected, LAYOUTS, REGISTRIES, type AnyRegistry, type Expected, type LayoutName, type RegistryName } from './expectations.ts'
import { matrixImage, pushImage, type MatrixImage } from './image.ts'
import type { Peers } from './peers.ts'
import { mustRun, run, sealdex, troubleOf, type Ran } from './process.ts'

export interface MatrixRow {
  readonly client: string
  readonly registry: RegistryName
  readonly layout: LayoutName
  readonly outcome: Expected | 'wrong'
  readonly ran: Ran
}

export interface Surroundings {
  readonly peers: Peers
  readonly hosts: Readonly<Record<AnyRegistry, string>>
  /** Removed at the end. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** What is to be done at the end, however it comes. */
  readonly onClose: (close: () => Promise<void>) => void
}

interface SignedImage {
  readonly image: MatrixImage
  readonly source: string
  readonly digest: string
}

export async function measureMatrix(checks: Checks, surroundings: Surroundings): Promise<readonly MatrixRow[]> {
  const { peers, folder, env, hosts } = surroundings
  const key = join(folder, 'release')
  await mustRun(sealdex(['keygen', '--output-key-prefix', key], { env }))
  const containerd = await startContainerd(peers, join(folder, 'containerd'))
  surroundings.onClose(containerd.close)
  const rows: MatrixRow[] = []
  for (const registry of REGISTRIES) {
    const images = await Promise.all(LAYOUTS.map((layout) => signedImage(checks, surroundings, registry, layout, key)))
    for (const [i, layout] of LAYOUTS.entries()) {
      const signed = images[i]
      if (signed === undefined || signed === null) continue
      for (const client of CLIENTS) {
        const cellFolder = join(folder, `cell-${rows.length}`)
        await mkdir(cellFolder)
        const destination = `${hosts[registry]}/copied/cell-${rows.length}:v1`
        const cell: Cell = { peers, env, host: hosts[registry], source: signed.source, destination, folder: cellFolder, podman: join(folder, 'podman'), containerd: containerd.socket, image: signed.image }
        const { row, seen } = await measure(client, cell, signed, `${key}.pub`, { registry, layout })
        rows.push(row)
        const wanted = expected(client.name, layout, registry)
        checks.check(`${registry}, ${layout}: ${client.name}: ${row.outcome}`, row.outcome === wanted ? null : `expected: ${wanted}\n${seen}`)
      }
    }
  }
  return rows
}

/** Pushed, signed on the command line, and verified where it stands. Null: that failed. */
async function signedImage(checks: Checks, { hosts, env }: Surroundings, registry: RegistryName, layout: LayoutName, key: string): Promise<SignedImage | null> {
  const host = hosts[registry]
  const [name = ''] = layout.split(/\W/)
  const each = layout.endsWith('--each')
  const repository = `signed/${layout.toLowerCase().replaceAll(/\W+/g, '-')}`
  // flat and nested must put the SBOM behind the platforms, wherever it stood
  const image = await matrixImage(`${registry} ${layout}`, { sbomFirst: name !== 'detached', typed: layout.includes('artifactType') })
  await pushImage(host, repository, 'v1', image)
  const source = `${host}/${repository}:v1`
  const signed = await sealdex(['sign', source, '--key', `${key}.key`, '--layout', name, ...(each ? ['--each'] : [])], { env })
  checks.check(`${registry}, ${layout}: sealdex sign`, signed.code === 0 ? null : troubleOf(signed))
  const { outcome, digest, trouble } = await verifyOutcome([source, '--key', `${key}.pub`], { env })
  checks.check(`${registry}, ${layout}: sealdex verify at the source: ${outcome}`, outcome === 'allow' ? null : trouble)
  return signed.code === 0 && digest !== null ? { image, source, digest } : null
}

interface Measured {
  readonly row: MatrixRow
  /** The commands and their texts. */
  readonly seen: string
}

async function measure(client: Client, cell: Cell, signed: SignedImage, key: string, where: { registry: RegistryName; layout: LayoutName }): Promise<Measured> {
  const attempt = (): Promise<Ran> => run(cell.peers[client.program], client.args(cell), { env: cell.env, cwd: cell.folder })
  let ran = await attempt()
  for (let again = 1; ran.code !== 0 && again < (client.attempts ?? 1); again++) ran = await attempt()
  const done = (outcome: MatrixRow['outcome'], seen: string): Measured => ({ row: { client: client.name, ...where, outcome, ran }, seen })
  if (ran.code !== 0) return done('fails', troubleOf(ran))
  if (typeof client.arrives === 'function') {
    const wrong = await client.arrives(cell, ran)
    return wrong === null ? done('ok', troubleOf(ran)) : done('wrong', `${wrong}\n${troubleOf(ran)}`)
  }
  const { lost, verified } = await arrived(client.arrives, cell, key)
  const seen = `${troubleOf(ran)}\n${verified.trouble}`
  if (lost.length > 0) return done('wrong', `not fetched: ${lost.join(', ')}\n${seen}`)
  const same = verified.digest === signed.digest
  if (verified.outcome === 'allow') return done(same ? 'ok' : 'other digest', seen)
  return done(verified.outcome === 'unsigned' && same ? 'lost' : 'wrong', seen)
}

/** `lost`: what the index there lists and cannot be fetched. */
async function arrived(kind: 'registry' | 'layout', cell: Cell, key: string): Promise<{ readonly lost: readonly string[]; readonly verified: Verified }> {
  const repository = cell.destination.slice(cell.host.length + 1, -':v1'.length)
  const inRegistry = kind === 'registry'
  const verified = await verifyOutcome(inRegistry ? [cell.destination, '--key', key] : [cell.source, '--source', `layout:${layoutFolder(cell)}`, '--key', key], { env: cell.env })
  if (verified.digest === null) return { lost: ['the index itself'], verified }
  const lost = await (inRegistry ? missingInRegistry(cell.host, repository, verified.digest) : missingInLayout(layoutFolder(cell), verified.digest))
  return { lost, verified }
}
