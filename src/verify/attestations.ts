import { isJsonObject, JsonNumber, type JsonValue } from '../base/json.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Platform } from '../oci/platform.ts'
import type { AttestationDemand, PolicyEntry, PredicateCondition } from '../policy/policy.ts'
import type { CheckedStatement } from './checker.ts'
import { platformFits } from './facts.ts'
import { ancestorsOf, judgedLeaves, type Graph, type GraphNode } from './graph.ts'
import type { Facts } from './judge.ts'
import { VSA_PREDICATE, whyNotPassed } from './vsa.ts'

/** An object that would run and of which a demanded attestation is missing, in one sentence. */
export interface Lacking {
  readonly subject: Digest
  readonly message: string
}

/** What the judged objects lack of the attestations that the policy demands; in the order of the graph, then of the policy. */
export function lackingAttestations(facts: Facts, graph: Graph, entry: PolicyEntry): readonly Lacking[] {
  return entry.require.attestations.flatMap((demand) => {
    const about = byObject(facts.statements.filter(({ predicateType }) => predicateType === demand.predicateType))
    return objectsToAttest(graph, facts.platform).flatMap((node): Lacking[] => {
      const names = [node.digest, ...ancestorsOf(graph, node)]
      const whys = names.flatMap((digest) => (about.get(digest) ?? []).map((statement) => whyNot(statement, { digest, names, demand, entry, facts, graph })))
      if (whys.includes(null)) return []
      const why = NEAREST.find((one) => whys.some((other) => other?.startsWith(one) === true))
      const said = whys.find((one) => why !== undefined && one?.startsWith(why) === true) ?? `none by ${demand.from.map((name) => `"${name}"`).join(' or ')} names it or an index that lists it`
      return [{ subject: node.digest, message: `${node.digest} lacks the attestation ${demand.predicateType}: ${said}.` }]
    })
  })
}

/** Of several that do not count, what is said of the one that comes nearest. */
const NEAREST = ['at ', 'its ', 'it is ', 'the one '] as const

/** Judged leaves, and indexes that were not read, whose leaves are not known; where nothing would run, the whole. */
function objectsToAttest(graph: Graph, platform: Platform | null): readonly GraphNode[] {
  const unread = [...graph.nodes.values()].filter((node) => node.role === 'nested' && node.document === null)
  const objects = [...judgedLeaves(graph, platform), ...unread]
  return objects.length === 0 && platform === null ? [graph.root] : objects
}

function byObject(statements: readonly CheckedStatement[]): ReadonlyMap<Digest, readonly CheckedStatement[]> {
  const found = new Map<Digest, CheckedStatement[]>()
  for (const statement of statements) {
    for (const digest of statement.about.keys()) found.set(digest, [...(found.get(digest) ?? []), statement])
  }
  return found
}

interface Asked {
  /** What the statement is about: the object itself, or an index that lists it. */
  readonly digest: Digest
  readonly names: readonly Digest[]
  readonly demand: AttestationDemand
  readonly entry: PolicyEntry
  readonly facts: Facts
  readonly graph: Graph
}

/** Null where it counts. Only what is accepted and signed gets here: what is only claimed is about nothing. */
function whyNot(statement: CheckedStatement, { digest, names, demand, entry, facts, graph }: Asked): string | null {
  const signed = statement.about.get(digest)
  if (signed === undefined || statement.signer === null || !demand.from.includes(statement.signer)) return 'the one that is there is by a signer of whom the policy does not want it'
  if (signed.expiresAt !== null && facts.at > signed.expiresAt) return 'it is past the expiry that its signer wrote into it'
  if (!platformsAt(graph, digest).every((platform) => platformFits(signed, platform))) return 'it is about another platform than the index says'
  if (demand.predicateType === VSA_PREDICATE) {
    const why = whyNotPassed(statement.predicate, { reference: facts.reference, repositories: repositoriesOf(facts, entry), digests: names })
    if (why !== null) return why
  }
  const unmet = demand.where.find((condition) => !conditionMet(statement.predicate, condition))
  return unmet === undefined ? null : `at ${unmet.path} of its predicate stands nothing that the policy allows`
}

/** Its own name, and those under which the policy lets it be signed. */
function repositoriesOf({ reference }: Facts, { require: { repository } }: PolicyEntry): readonly string[] {
  return [reference.repository.name, ...(Array.isArray(repository) ? (repository as readonly string[]) : [])]
}

function platformsAt(graph: Graph, digest: Digest): readonly Platform[] {
  return graph.nodes.get(digest)?.entries.flatMap(({ descriptor }) => descriptor.platform ?? []) ?? []
}

/** Missing, a list, an object or null: not met. A number is met by the same whole number, however it is written. */
export function conditionMet(predicate: JsonValue, { path, in: allowed }: PredicateCondition): boolean {
  const value = valueAt(predicate, path)
  if (typeof value === 'string' || typeof value === 'boolean') return allowed.includes(value)
  return value instanceof JsonNumber && Number.isSafeInteger(Number(value.text)) && allowed.includes(Number(value.text))
}

/** What stands at a JSON Pointer (RFC 6901); undefined where nothing does. */
function valueAt(value: JsonValue, pointer: string): JsonValue | undefined {
  let at: JsonValue | undefined = value
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(at)) at = /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? (at as readonly JsonValue[])[Number(name)] : undefined
    else at = at !== undefined && isJsonObject(at) ? at.get(name) : undefined
  }
  return at
}
