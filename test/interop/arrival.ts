/** What stands at the destination of a copy: is all of it there, and what does `sealdex verify` say of it? */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sealdex, troubleOf, type RunOptions } from './process.ts'

const ACCEPT = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'

interface Listed {
  readonly digest: string
}

interface Listing {
  readonly manifests?: readonly Listed[]
  readonly config?: Listed
  readonly layers?: readonly Listed[]
}

/** Reads a manifest (its text) or looks for a blob ('' if it is there); null: not there. */
type Look = (digest: string, kind: 'manifest' | 'blob') => Promise<string | null>

/** The digests below an index that cannot be fetched. */
async function missing(digest: string, look: Look): Promise<readonly string[]> {
  const text = await look(digest, 'manifest')
  if (text === null) return [digest]
  const { manifests = [], config, layers = [] } = JSON.parse(text) as Listing
  const blobs = [...(config === undefined ? [] : [config]), ...layers]
  const found = await Promise.all(blobs.map(async (blob) => ((await look(blob.digest, 'blob')) === null ? [blob.digest] : [])))
  const deeper = await Promise.all(manifests.map((child) => missing(child.digest, look)))
  return [...found.flat(), ...deeper.flat()]
}

export function missingInRegistry(host: string, repository: string, digest: string): Promise<readonly string[]> {
  return missing(digest, async (wanted, kind) => {
    const answer = kind === 'manifest' ? await fetch(`http://${host}/v2/${repository}/manifests/${wanted}`, { headers: { accept: ACCEPT } }) : await fetch(`http://${host}/v2/${repository}/blobs/${wanted}`, { method: 'HEAD' })
    return answer.ok ? answer.text() : null
  })
}

export function missingInLayout(folder: string, digest: string): Promise<readonly string[]> {
  return missing(digest, (wanted) => readFile(join(folder, 'blobs', wanted.replace(':', '/')), 'utf8').catch(() => null))
}

export interface Verified {
  readonly outcome: string
  readonly digest: string | null
  /** The command and its text. */
  readonly trouble: string
  readonly command: string
}

export async function verifyOutcome(args: readonly string[], options: RunOptions): Promise<Verified> {
  const ran = await sealdex(['verify', ...args, '--output', 'json'], options)
  try {
    const { outcome, digest } = JSON.parse(ran.stdout) as { outcome: string; digest: string | null }
    return { outcome, digest, trouble: troubleOf(ran), command: ran.command }
  } catch {
    return { outcome: `exit ${ran.code}`, digest: null, trouble: troubleOf(ran), command: ran.command }
  }
}
