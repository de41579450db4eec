/** One race: a new image, every writer a process with a lane of its own, all released at the same moment. */
import { buildImage } from '../../../demo/images.ts'
import type { Ran } from '../process.ts'
import { pushBlob, pushManifest } from '../push.ts'
import type { Lanes } from './lanes.ts'
import { RaceRecord } from './record.ts'
import type { Writer } from './writers.ts'

export interface Round {
  readonly repository: string
  readonly digest: string
  readonly record: RaceRecord
  /** One for each writer. */
  readonly rans: readonly Ran[]
  readonly seconds: number
}

/** `host`: the registry itself, beside the lanes. */
export async function race(host: string, lanes: Lanes, repository: string, writers: readonly Writer[]): Promise<Round> {
  const { blobs, manifests, index } = await buildImage({ text: repository })
  for (const { digest, bytes } of blobs) await pushBlob(host, repository, digest, bytes)
  for (const manifest of manifests) await pushManifest(host, repository, manifest.digest, manifest)
  await pushManifest(host, repository, 'v1', index)
  const record = new RaceRecord(index.digest)
  lanes.begin(record, [...writers.keys()])
  const began = performance.now()
  const rans = await Promise.all(writers.map(async (writer, lane) => {
    const ran = await writer.run(`${lanes.hosts[lane] ?? ''}/${repository}@${index.digest}`)
    lanes.ended(lane)
    return ran
  }))
  return { repository, digest: index.digest, record, rans, seconds: (performance.now() - began) / 1_000 }
}

/** Some of them once more, each over its lane, with nobody else about. */
export async function again({ repository, digest, record }: Round, lanes: Lanes, writers: readonly (readonly [number, Writer])[]): Promise<readonly Ran[]> {
  lanes.begin(record, [])
  return Promise.all(writers.map(([lane, writer]) => writer.run(`${lanes.hosts[lane] ?? ''}/${repository}@${digest}`)))
}
