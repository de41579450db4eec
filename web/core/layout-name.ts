import { archiveFiles, LIMITS, parseReference } from '../../src/index.ts'

/** Annotations of a layout's index.json in which tools write what an entry is called; a tag alone says no repository. */
const NAMES = ['io.containerd.image.name', 'org.opencontainers.image.ref.name']

interface IndexJson {
  readonly manifests?: readonly { readonly annotations?: Readonly<Record<string, unknown>> }[]
}

/** The one full reference that a layout calls an entry of its own by; null where there is none or more than one. A proposal only: it is shown, and read as any other. */
export async function nameInLayout(tar: Uint8Array<ArrayBuffer>): Promise<string | null> {
  const bytes = await (await archiveFiles(tar)).get('index.json', LIMITS.manifestBytes)
  if (bytes === null) return null
  const { manifests } = JSON.parse(new TextDecoder().decode(bytes)) as IndexJson
  const names = (manifests ?? []).flatMap(({ annotations }) => NAMES.map((name) => annotations?.[name])).filter((name) => typeof name === 'string' && name.includes('/'))
  const references = new Set(names.map((name) => canonicalOf(String(name))))
  const [only = null, ...more] = references
  return more.length === 0 ? only : null
}

function canonicalOf(name: string): string | null {
  try {
    return parseReference(name).canonical
  } catch {
    return null
  }
}
