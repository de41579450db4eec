import * as ANNOTATION from '../oci/annotations.ts'

/** What a union does with an annotation, by its name. */
export type AnnotationKind =
  /** Named after the content of a signature (W1): a member of a set, whoever wrote it. */
  | { readonly kind: 'content'; readonly suffix: string }
  /** Says that the annotations of this suffix were removed on purpose (W4). */
  | { readonly kind: 'tombstone'; readonly suffix: string }
  /** Belongs to a signature that has no name of its own: plain, or with an integer. */
  | { readonly kind: 'group'; readonly suffix: string }
  | { readonly kind: 'single' }

/** Annotations of one signature that stand or fall together. */
export interface Group {
  readonly suffix: string
  readonly texts: ReadonlyMap<string, string>
}

const CONTENT_SUFFIX = /^\.[0-9a-f]{16}$/
const SIGNATURE_KEYS: ReadonlySet<string> = new Set([
  ANNOTATION.signature, ANNOTATION.certificate, ANNOTATION.chain, ANNOTATION.bundle, ANNOTATION.timestamp, ANNOTATION.payload, ANNOTATION.key,
])

export function annotationKind(name: string): AnnotationKind {
  // vendors' names hold dots, so a suffix begins after the slash
  const dot = name.indexOf('.', name.indexOf('/') + 1)
  const [key, suffix] = dot < 0 || !name.includes('/') ? [name, ''] : [name.slice(0, dot), name.slice(dot)]
  // only content names are buried: a plain or numbered name may be given again to another signature
  if (key === ANNOTATION.tombstone && CONTENT_SUFFIX.test(suffix)) return { kind: 'tombstone', suffix }
  if (!SIGNATURE_KEYS.has(key)) return { kind: 'single' }
  return { kind: CONTENT_SUFFIX.test(suffix) ? 'content' : 'group', suffix }
}

export function groupOf(texts: ReadonlyMap<string, string>, suffix: string): ReadonlyMap<string, string> {
  return new Map([...texts].filter(([name]) => {
    const kind = annotationKind(name)
    return kind.kind === 'group' && kind.suffix === suffix
  }))
}

/** The suffixes that tombstones among these annotations name. */
export function tombstoned(texts: ReadonlyMap<string, string>): readonly string[] {
  return [...texts.keys()].flatMap((name) => {
    const kind = annotationKind(name)
    return kind.kind === 'tombstone' ? [kind.suffix] : []
  })
}
