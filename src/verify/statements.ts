import { SealdexError } from '../base/errors.ts'
import type { JsonValue } from '../base/json.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Statement } from '../envelope/statement.ts'
import type { FoundEnvelope } from '../form/found.ts'
import type { Checked } from './checked.ts'
import { digestsOf, factsOfStatement, type SignedFacts } from './facts.ts'
import { openEnvelope } from './open-envelope.ts'

/** What a statement says, for the objects of the graph that it names. Nothing of it is proved by itself. */
export interface StatementContent {
  readonly about: ReadonlyMap<Digest, SignedFacts>
  /** As it stands; null where there is none. */
  readonly predicate: JsonValue
}

export function contentOf(found: FoundEnvelope, inGraph: (digest: Digest) => boolean): StatementContent {
  const statement = statementOf(found)
  if (statement === null) return { about: new Map(), predicate: null }
  const named = statement.subjects.flatMap(digestsOf).filter(inGraph)
  return { about: new Map([...new Set(named)].flatMap((digest) => factsOn(statement, digest))), predicate: statement.predicate }
}

/**
 * The envelope as it is to be judged. What counts is what the signed subject names, wherever it was found: a bundle about a platform may refer to
 * BuildKit's attestation manifest. So it is held against what it names of the graph, where that is not what it stands beside.
 */
export function besideItsSubject(found: FoundEnvelope, { about }: StatementContent): FoundEnvelope {
  const [digest] = about.keys()
  if (digest === undefined || about.has(found.beside.digest)) return found
  return { ...found, beside: { digest, mediaType: null, size: null, platform: null, annotations: null } }
}

/** What a checked statement vouches for: the objects about which it says nothing else than about the one that it was checked for. */
export function vouchedFor({ about, predicate }: StatementContent, { state, signed }: Checked): StatementContent {
  if (state !== 'accepted' || signed === null) return { about: new Map(), predicate: null }
  return { about: new Map([...about].filter(([, facts]) => facts.signedAt === signed.signedAt && facts.role === 'image')), predicate }
}

function statementOf(found: FoundEnvelope): Statement | null {
  const opened = openEnvelope(found)
  return opened?.state === 'read' ? opened.statement : null
}

function factsOn(statement: Statement, digest: Digest): readonly (readonly [Digest, SignedFacts])[] {
  try {
    return [[digest, factsOfStatement(statement, digest)]]
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return []
  }
}
