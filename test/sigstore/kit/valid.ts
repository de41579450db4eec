import { utf8Encode } from '../../../src/base/bytes.ts'
import type { Thresholds } from '../../../src/sigstore/requirements.ts'
import { makeBundle, type BundleChoices, type MadeBundle } from './bundle.ts'
import { makeCtLog } from './ct-log.ts'
import { deploy, trustOf, type Deployment } from './deployment.ts'
import type { Bytes } from './der.ts'
import { GITHUB_CLAIMS, IDENTITY, makeAuthority, san } from './fulcio.ts'
import type { JsonFields } from './json.ts'
import { makeKey, type KeyKind, type SigningKey } from './keys.ts'
import { makeRekorV1 } from './rekor-v1.ts'
import { makeRekorV2 } from './rekor-v2.ts'
import { SLSA_PROVENANCE } from './statement.ts'
import type { TrustChoices } from './trusted-root.ts'
import { makeTsa } from './tsa.ts'
import { MINUTE, NOW } from './window.ts'

/** One bundle that has to be accepted, with all that the verifier needs for it. */
export interface ValidCase {
  readonly name: string
  readonly artifact: Bytes
  readonly made: MadeBundle
  /** Made the same way, with the same services and, where it is one, key: about another artifact, by another identity. */
  readonly donor: MadeBundle
  readonly trust: JsonFields
  /** The SAN, for a certificate. */
  readonly identity: string | null
  /** What is asked for instead of the usual. */
  readonly thresholds: Partial<Thresholds>
  readonly key: SigningKey | null
  readonly on: Deployment
}

type Choices = Omit<BundleChoices, 'artifact'>
interface Recipe {
  readonly name: string
  readonly choices: Choices | ((on: Deployment) => Choices)
  readonly parts?: (on: Deployment) => Partial<Deployment>
  readonly trust?: (on: Deployment) => Partial<TrustChoices>
  readonly identity?: string
  readonly thresholds?: Partial<Thresholds>
}

export const ARTIFACT: Bytes = utf8Encode('what is signed\n')
export const OTHER_ARTIFACT: Bytes = utf8Encode('what is signed as well\n')

const V2 = { logs: ['v2'], timestamps: [true] } as const satisfies Choices
const V1 = { logs: ['v1'] } as const satisfies Choices

const CONTENT: readonly Recipe[] = [
  { name: 'message, Rekor v1, 0.1 with a promise alone', choices: { version: '0.1', logs: [{ v1: { proof: false } }] } },
  { name: 'message, Rekor v1, 0.2 chain', choices: { ...V1, version: '0.2' } },
  { name: 'message, Rekor v1, 0.3 in the old media type', choices: { ...V1, version: '0.3' } },
  { name: 'message, Rekor v1, v0.3', choices: { ...V1, leaf: { claims: GITHUB_CLAIMS } } },
  { name: 'message, Rekor v2, timestamp', choices: V2 },
  { name: 'message, timestamp and Rekor v1 without promise', choices: { timestamps: [true], logs: [{ v1: { promise: false } }] } },
  { name: 'dsse, Rekor v1 dsse', choices: { ...V1, content: 'dsse' } },
  { name: 'dsse, Rekor v1 intoto, 0.2', choices: { content: 'dsse', version: '0.2', logs: [{ kind: 'intoto' }] } },
  { name: 'dsse, Rekor v2 hashedrekord', choices: { ...V2, content: 'dsse', statement: { predicateType: SLSA_PROVENANCE, predicate: { buildDefinition: {} } } } },
  { name: 'dsse, Rekor v2 dsse', choices: (on) => ({ content: 'dsse', timestamps: [true], logs: [{ log: on.rekorV2, kind: 'dsse' }] }) },
  { name: 'both logs and a timestamp', choices: { logs: ['v1', 'v2'], timestamps: [true] } },
  { name: 'an otherwise empty Rekor v2', parts: ({ random }) => ({ rekorV2: makeRekorV2(random, { before: 0 }) }), choices: emptyLog },
]

function emptyLog({ rekorV2 }: Deployment): Choices {
  return { timestamps: [true], logs: [{ log: rekorV2, v2: { after: 0 }, change: (entry) => (rekorV2.leaves.length === 1 ? withoutZeros(entry) : entry) }] }
}

/** Protobuf's JSON leaves zeros and empty lists out (formats.md 13, point 2). */
function withoutZeros({ logIndex, ...entry }: JsonFields): JsonFields {
  const { logIndex: _, hashes, ...proof } = entry['inclusionProof'] as JsonFields
  if (logIndex !== '0' || !Array.isArray(hashes) || hashes.length > 0) throw new Error('the log is not empty')
  return { ...entry, inclusionProof: proof }
}

const KEYS: readonly Recipe[] = [
  ...(['P-384', 'P-521'] as const).map((kind): Recipe => ({ name: `message, ${kind} certificate, Rekor v2`, choices: { ...V2, leaf: { kind } } })),
  { name: 'dsse, P-384 certificate, Rekor v2', choices: { ...V2, content: 'dsse', leaf: { kind: 'P-384' } } },
  { name: 'message, P-384 certificate with SHA-256, Rekor v1', choices: { ...V1, leaf: { kind: 'P-384' }, hash: 'SHA-256' } },
  { name: 'dsse, RSA certificate, Rekor v1', choices: { ...V1, content: 'dsse', leaf: { kind: 'RSA-2048' } } },
  { name: 'dsse, Ed25519 certificate, Rekor v2 dsse', choices: (on) => ({ content: 'dsse', timestamps: [true], leaf: { kind: 'Ed25519' }, logs: [{ log: on.rekorV2, kind: 'dsse' }] }) },
  { name: 'key P-256, no log', choices: ({ random }) => ({ key: makeKey('P-256', random) }) },
  { name: 'key Ed25519, no log', choices: ({ random }) => ({ key: makeKey('Ed25519', random) }) },
  { name: 'key P-256, Rekor v1', choices: ({ random }) => ({ ...V1, key: makeKey('P-256', random) }) },
  { name: 'key P-384, dsse, Rekor v2 with timestamp', choices: ({ random }) => ({ ...V2, content: 'dsse', key: makeKey('P-384', random) }) },
  { name: 'key RSA, timestamp', choices: ({ random }) => ({ timestamps: [true], key: makeKey('RSA-2048', random) }) },
]

const SERVICES: readonly Recipe[] = [
  { name: 'ECDSA Rekor v2', parts: ({ random }) => ({ rekorV2: makeRekorV2(random, { kind: 'P-256' }) }), choices: V2 },
  { name: 'Rekor v2 with a cosigned checkpoint, the log in the middle', choices: cosigned },
  { name: 'trusted root 0.2', choices: V2, trust: () => ({ version: '0.2' }) },
  { name: 'root issues leaves', parts: ({ random }) => ({ fulcio: makeAuthority(random, { noIntermediate: true }) }), choices: V2 },
  { name: 'two CT logs in one certificate', choices: (on) => ({ ...V2, leaf: { ctLogs: [makeCtLog(on.random), on.ctLog] } }) },
  { name: 'SCT with extensions', choices: (on) => ({ ...V2, leaf: { ctLogs: [on.ctLog], sct: { extensions: Uint8Array.of(0, 0, 5, 0, 0, 13, 222, 20) } } }) },
  { name: 'RSA CT log', parts: ({ random }) => ({ ctLog: makeCtLog(random, 'RSA-2048') }), choices: V2 },
  { name: 'old shard of the log beside the new', choices: V2, trust: ({ random, rekorV1, rekorV2 }) => ({ logs: [makeRekorV1(random, { validFor: { start: NOW - 1000 * MINUTE, end: NOW - 500 * MINUTE } }), rekorV1, rekorV2] }) },
  { name: 'intermediate comes with the chain', choices: (on) => ({ ...V1, version: '0.2', chain: [on.fulcio.intermediate.der] }) },
]

function cosigned({ random, rekorV2 }: Deployment): Choices {
  const witness = { name: 'witness.test/one', key: makeKey('Ed25519', random), cosignedAt: NOW + 2 }
  const log = { name: rekorV2.host, key: rekorV2.key }
  return { timestamps: [true], logs: [{ log: rekorV2, v2: { signers: [witness, log], moreSigners: [{ ...witness, name: 'other.test' }] } }] }
}

const TIMESTAMPS: readonly Recipe[] = [
  ...(['none', 'leaf', 'chain'] as const).map((certificates): Recipe => ({ name: `timestamp, certificates: ${certificates}`, choices: { logs: ['v2'], timestamps: [{ certificates }] } })),
  ...(['SHA-384', 'SHA-512'] as const).map((hash): Recipe => ({ name: `timestamp over ${hash}`, choices: { logs: ['v2'], timestamps: [{ hash, signedHash: hash }] } })),
  ...(['P-256', 'RSA-2048'] as const).map((kind: KeyKind): Recipe => ({ name: `timestamp authority ${kind}`, parts: ({ random }) => ({ tsa: makeTsa(random, { kind }) }), choices: V2 })),
  { name: 'timestamp authority with an intermediate', parts: ({ random }) => ({ tsa: makeTsa(random, { noIntermediate: false }) }), choices: V2 },
]

const IDENTITIES: readonly Recipe[] = [
  { name: 'email', identity: 'ada@example.com', choices: { ...V2, leaf: { names: [san.email('ada@example.com')], issuer: 'https://accounts.example.com' } } },
  { name: 'username', identity: 'ada!example.com', choices: { ...V2, leaf: { names: [san.username('ada!example.com')] } } },
]

/** Without a log, nothing but the authority's signature binds the certificate. */
const TIMESTAMP_ALONE: readonly Recipe[] = (['message', 'dsse'] as const).map((content) => ({
  name: `${content}, a timestamp alone`, parts: ({ random }) => ({ fulcio: makeAuthority(random, { kind: 'P-256' }) }), choices: { content, timestamps: [true] }, thresholds: { logs: 0 },
}))

const RECIPES: readonly Recipe[] = [...CONTENT, ...KEYS, ...SERVICES, ...TIMESTAMPS, ...IDENTITIES, ...TIMESTAMP_ALONE]

/** Valid bundles of every kind; the seed decides the keys. */
export function validCases(seed: number | string): readonly ValidCase[] {
  return RECIPES.map((recipe) => {
    const plain = deploy(`${seed} ${recipe.name}`)
    const on = { ...plain, ...recipe.parts?.(plain) }
    const choices = typeof recipe.choices === 'function' ? recipe.choices(on) : recipe.choices
    const made = makeBundle(on, { artifact: ARTIFACT, ...choices })
    const donor = makeBundle(on, { ...choices, artifact: OTHER_ARTIFACT, leaf: { ...choices.leaf, names: [san.email('mallory@example.com')] } })
    const trust = trustOf(on, recipe.trust?.(on))
    return { name: recipe.name, artifact: ARTIFACT, made, donor, trust, on, thresholds: recipe.thresholds ?? {}, identity: choices.key === undefined ? recipe.identity ?? IDENTITY : null, key: choices.key ?? null }
  })
}
