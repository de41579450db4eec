/** What stands at a digest tag, thing by thing, and who put it there or took it away: seen from the writes themselves, in their order. */

/** An entry's digest, or one of our signatures in an entry's annotations. */
export type Thing = string

export interface Loss {
  readonly thing: Thing
  /** Which lane's it was, and whose write left it out. */
  readonly of: number
  readonly by: number
}

interface Listed {
  readonly digest: string
  readonly annotations?: Readonly<Record<string, string>>
}

const SIGNATURE = 'dev.cosignproject.cosign/signature'

/** `subject`: listed itself it is no thing, it only carries signatures. */
export function thingsOf(entries: readonly Listed[], subject: string): readonly Thing[] {
  return entries.flatMap(({ digest, annotations = {} }) => [
    ...(digest === subject ? [] : [digest]),
    ...Object.keys(annotations).flatMap((name) => (name.startsWith(SIGNATURE) ? [`${digest} ${name.slice(SIGNATURE.length)}`] : [])),
  ])
}

/** One image's race. */
export class RaceRecord {
  readonly subject: string
  /** Everything that a lane wrote first: entries at the tag, and manifests that name the subject. */
  readonly owners: Map<Thing, number> = new Map()
  /** Also of what was put back later. */
  readonly losses: Loss[] = []
  #standing: ReadonlySet<Thing> = new Set()

  constructor(subject: string) {
    this.subject = subject
  }

  /** A manifest was pushed under its digest. */
  pushed(lane: number, digest: string, body: string): void {
    const { subject } = JSON.parse(body) as { readonly subject?: Listed }
    if (subject?.digest === this.subject) this.#own(digest, lane)
  }

  /** The digest tag was written. */
  tagged(lane: number, body: string): void {
    const { manifests = [] } = JSON.parse(body) as { readonly manifests?: readonly Listed[] }
    const now = new Set(thingsOf(manifests, this.subject))
    for (const thing of now) this.#own(thing, lane)
    for (const thing of this.#standing) if (!now.has(thing)) this.losses.push({ thing, of: this.owners.get(thing) ?? -1, by: lane })
    this.#standing = now
  }

  of(lane: number): readonly Thing[] {
    return [...this.owners].flatMap(([thing, owner]) => (owner === lane ? [thing] : []))
  }

  #own(thing: Thing, lane: number): void {
    if (!this.owners.has(thing)) this.owners.set(thing, lane)
  }
}

/** What stands in the registry now: its list of referrers, and the digest tag. */
export async function standing(host: string, repository: string, subject: string): Promise<ReadonlySet<Thing>> {
  const accept = { accept: 'application/vnd.oci.image.index.v1+json' }
  const paths = [`referrers/${subject}`, `manifests/${subject.replace(':', '-')}`]
  const lists = await Promise.all(paths.map(async (path) => {
    const answer = await fetch(`http://${host}/v2/${repository}/${path}`, { headers: accept })
    if (answer.status === 404) return []
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    const { manifests } = (await answer.json()) as { readonly manifests: readonly Listed[] }
    return thingsOf(manifests, subject)
  }))
  return new Set(lists.flat())
}
