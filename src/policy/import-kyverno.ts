import { isJsonObject, type JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { signerOfIdentity } from './import-identity.ts'
import { checkHash, keysIn, metadata, refuseOverlaps, unread, type Documents } from './import-kubernetes.ts'
import { refuse, shaped, type Imported } from './import-refuse.ts'
import { checkAddress, type RootToCheck } from './import-trust.ts'
import type { PolicyFileAttestation, PolicyFileEntry, PolicyFileSigner } from './schema.ts'
import { anything, bool, count, list, oneOf, optional, record, strictObject, text, type Shape } from './shape.ts'

const word = optional(text)

const log = optional(strictObject({ url: word, pubkey: unread, ignoreTlog: optional(bool), tsaCertChain: unread }))
const entry = strictObject({
  keys: optional(strictObject({ publicKeys: word, secret: unread, kms: unread, signatureAlgorithm: word, rekor: log, ctlog: optional(strictObject({ ignoreSCT: unread, pubkey: unread, tsaCertChain: unread })) })),
  keyless: optional(strictObject({
    issuer: word, issuerRegExp: word, subject: word, subjectRegExp: word, roots: unread, additionalExtensions: optional(record(text)), rekor: log,
    ctlog: optional(strictObject({ ignoreSCT: optional(bool), pubkey: unread, tsaCertChain: unread })),
  })),
  certificates: unread, attestor: unread, annotations: optional(record(text)), repository: unread,
})
type Entry = typeof entry extends Shape<infer T> ? T : never

const sets = list(strictObject({ count: optional(count), entries: list(entry, 1) }))
type Sets = typeof sets extends Shape<infer T> ? T : never

const images = strictObject({
  type: optional(oneOf('Cosign', 'SigstoreBundle')),
  imageReferences: list(text, 1),
  skipImageReferences: optional(list(anything)),
  attestors: optional(sets),
  attestations: optional(list(strictObject({ name: unread, type: word, predicateType: word, attestors: optional(sets), conditions: unread }))),
  annotations: optional(record(text)),
  required: optional(bool),
  repository: unread,
  mutateDigest: unread, verifyDigest: unread, useCache: unread, imageRegistryCredentials: unread, failureAction: word, validate: unread, cosignOCI11: unread,
})
type Images = typeof images extends Shape<infer T> ? T : never

const rule = strictObject({ name: text, match: anything, exclude: unread, context: unread, preconditions: unread, verifyImages: optional(list(anything, 1)), skipBackgroundRequests: unread })

const document = strictObject({
  apiVersion: text,
  kind: oneOf('ClusterPolicy', 'Policy'),
  metadata,
  spec: strictObject({
    rules: list(anything, 1),
    validationFailureAction: word, validationFailureActionOverrides: unread, failurePolicy: unread, background: unread, admission: unread, applyRules: word, webhookTimeoutSeconds: unread,
    webhookConfiguration: unread, emitWarning: unread, schemaValidation: unread, useServerSideApply: unread,
  }),
  status: unread,
})

/** Kyverno's older `verifyImages` rules. Throws `bad-policy` for what has no equal. */
export async function importVerifyImages(documents: Documents, root: RootToCheck): Promise<Imported> {
  const notes = new Set<string>(['Kyverno verifies the digest that the reference names, so "coverage" is "index"; images that no rule matches are allowed there and denied here.'])
  const policies: PolicyFileEntry[] = []
  for (const json of documents) policies.push(...await entriesOf(json, root, notes))
  refuseOverlaps(policies)
  return { file: { version: 1, policies }, notes: [...notes] }
}

async function entriesOf(json: JsonValue, root: RootToCheck, notes: Set<string>): Promise<readonly PolicyFileEntry[]> {
  const { metadata: { name }, spec } = shaped(document, json, 'The Kyverno policy')
  const where = `The Kyverno policy ${quoted(name)}`
  if (spec.validationFailureActionOverrides !== undefined) refuse(where, 'has "validationFailureActionOverrides", which pick namespaces of a cluster')
  if (spec.applyRules !== undefined && spec.applyRules !== 'All') refuse(where, `applies its rules as ${quoted(spec.applyRules)}`)
  const entries: PolicyFileEntry[] = []
  for (const value of spec.rules) {
    const read = shaped(rule, value as JsonValue, `${where}, a rule of it that is to verify images,`)
    const at = `${where}, its rule ${quoted(read.name)},`
    for (const field of ['exclude', 'context', 'preconditions'] as const) if (read[field] !== undefined) refuse(at, `has "${field}", which depends on the cluster`)
    if (!matchesAllPods(read.match as JsonValue)) refuse(at, 'has a "match" that picks some of the resources of a cluster')
    if (read.verifyImages === undefined) refuse(at, 'verifies no images')
    for (const [i, one] of (read.verifyImages ?? []).entries()) {
      const verified = shaped(images, one as JsonValue, `${at} its verifyImages ${i + 1}`)
      const action = verified.failureAction ?? spec.validationFailureAction ?? 'Audit'
      if (action.toLowerCase() !== 'enforce') notes.add(`${where} would only report ("${action}"); here it is enforced.`)
      entries.push(await entryOf(`${name}/${read.name}${i === 0 ? '' : `/${i + 1}`}`, at, verified, root, notes))
    }
  }
  return entries
}

/** `kinds` alone says which objects of a cluster hold images, and nothing about the images. */
function matchesAllPods(match: JsonValue): boolean {
  if (!isJsonObject(match)) return false
  const filters = [...match].flatMap(([name, value]) => (name === 'resources' ? [match] : (name === 'any' || name === 'all') && Array.isArray(value) ? (value as readonly JsonValue[]) : [null]))
  return filters.length > 0 && filters.every((filter) => {
    const resources = filter !== null && isJsonObject(filter) && filter.size === 1 ? filter.get('resources') : undefined
    return resources !== undefined && isJsonObject(resources) && [...resources.keys()].every((key) => key === 'kinds' || key === 'operations')
  })
}

async function entryOf(name: string, where: string, verified: Images, root: RootToCheck, notes: Set<string>): Promise<PolicyFileEntry> {
  if ((verified.skipImageReferences ?? []).length > 0) refuse(where, 'leaves out some images ("skipImageReferences")')
  if (verified.repository !== undefined) refuse(where, 'takes signatures from another repository')
  if (verified.required === false) refuse(where, 'does not require what it verifies ("required": false)')
  if (verified.validate !== undefined) refuse(where, 'has "validate", conditions in a language of their own')
  const scopes = verified.imageReferences.map((pattern) => scopeOf(where, pattern))
  const signers = new Map<string, PolicyFileSigner>()
  const attestations = await attestationsOf(where, verified, signers, root)
  if (attestations.length > 0 && (verified.attestors ?? []).length === 0) notes.add(`${where} would be met by attestations alone; here the image has to be signed as well.`)
  const demanded = await demandOf(where, (verified.attestors ?? []).length > 0 ? (verified.attestors ?? []) : (verified.attestations ?? []).flatMap((one) => one.attestors ?? []), signers, root)
  const annotations = { ...verified.annotations, ...demanded.annotations }
  return {
    name, scopes, signers: Object.fromEntries(signers),
    require: { signatures: { from: demanded.from, threshold: demanded.threshold }, coverage: 'index', ...(Object.keys(annotations).length > 0 && { annotations }), ...(attestations.length > 0 && { attestations }) },
  }
}

/** Kyverno's `*` stands for slashes too. What it does not match it allows, so that a whole repository for its tags is only stricter. */
export function scopeOf(where: string, pattern: string): string {
  if (pattern === '*' || pattern === '*/*') return '*'
  const [, path, end] = /^([^*?]+?)(\/\*{1,2}|:\*|\*?)$/.exec(pattern) ?? refuse(where, `has the image pattern ${quoted(pattern)}; what has an equal is *, HOST/PATH/*, and HOST/PATH:*`)
  if (path === undefined || end === '*' || (end === '' && /[:@][^/]*$/.test(path.slice(path.indexOf('/') + 1)))) return refuse(where, `has the image pattern ${quoted(pattern)}; what has an equal is *, HOST/PATH/*, and HOST/PATH:*`)
  return end?.startsWith('/') === true ? `${path}/*` : path
}

interface Demand {
  readonly from: readonly string[]
  readonly threshold: number
  readonly annotations: Readonly<Record<string, string>>
}

/** Sets have to be met all, each by `count` of its entries, all of them by default: one threshold can say that of one set, or where all are needed. */
async function demandOf(where: string, given: Sets, signers: Map<string, PolicyFileSigner>, root: RootToCheck): Promise<Demand> {
  if (given.length === 0) refuse(where, 'names nobody who has to sign ("attestors")')
  const read = await Promise.all(given.map(async (set) => {
    const entries = (await Promise.all(set.entries.map((one) => signersOf(where, one, root)))).flat()
    return { entries, needed: set.count ?? entries.length, annotations: set.entries.map((one) => one.annotations ?? {}) }
  }))
  if (read.length > 1 && read.some(({ entries, needed }) => needed < entries.length)) refuse(where, 'has several sets of attestors of which not all entries are needed')
  const annotations = [...new Set(read.flatMap((set) => set.annotations).map((one) => JSON.stringify(one)))]
  if (annotations.length > 1) refuse(where, 'demands different annotations of its attestors')
  const from = read.flatMap(({ entries }) => entries).map((signer) => nameFor(signer, signers))
  const distinct = [...new Set(from)]
  return { from: distinct, threshold: read.length === 1 ? (read[0]?.needed ?? 1) : distinct.length, annotations: JSON.parse(annotations[0] ?? '{}') as Record<string, string> }
}

/** One signer has one name, however often it is written. */
function nameFor(signer: PolicyFileSigner, signers: Map<string, PolicyFileSigner>): string {
  const known = [...signers].find(([, one]) => JSON.stringify(one) === JSON.stringify(signer))?.[0]
  const name = known ?? `attestor-${signers.size + 1}`
  signers.set(name, signer)
  return name
}

async function signersOf(where: string, { keys, keyless, certificates, attestor, repository }: Entry, root: RootToCheck): Promise<readonly PolicyFileSigner[]> {
  if (certificates !== undefined) refuse(where, 'has "certificates" as an attestor')
  if (attestor !== undefined) refuse(where, 'has attestors within attestors')
  if (repository !== undefined) refuse(where, 'takes signatures from another repository')
  if ((keys === undefined) === (keyless === undefined)) refuse(where, 'needs exactly one of "keys" and "keyless" for each attestor')
  const rekor = keys?.rekor ?? keyless?.rekor
  const ctlog: { readonly pubkey?: unknown; readonly tsaCertChain?: unknown } | undefined = keys?.ctlog ?? keyless?.ctlog
  if (rekor?.pubkey !== undefined || rekor?.tsaCertChain !== undefined || ctlog?.pubkey !== undefined || ctlog?.tsaCertChain !== undefined) refuse(where, 'has logs of its own ("rekor" or "ctlog" with a key)')
  if (rekor?.url !== undefined && rekor.ignoreTlog !== true) await checkAddress(where, 'log', rekor.url, root)
  const log = rekor?.ignoreTlog !== true
  if (keys !== undefined) {
    if (keys.secret !== undefined || keys.kms !== undefined || keys.publicKeys === undefined) return refuse(where, 'names a key in a secret or a key service; put the public key itself into "publicKeys"')
    checkHash(where, keys.signatureAlgorithm)
    return (await keysIn(where, keys.publicKeys)).map((key) => ({ keys: [{ key }], ...(log && { log }) }))
  }
  if (keyless?.roots !== undefined) refuse(where, 'has a certificate authority of its own ("roots")')
  const extensions = extensionsOf(where, keyless?.additionalExtensions ?? {})
  return [{ ...signerOfIdentity(where, { issuer: keyless?.issuer, issuerRegExp: keyless?.issuerRegExp, subject: keyless?.subject, subjectRegExp: keyless?.subjectRegExp }), ...(extensions !== null && { extensions }), ...(!log && { log }), ...(keyless?.ctlog?.ignoreSCT === true && { sct: false }) }]
}

const EXTENSIONS: Readonly<Record<string, string>> = { githubWorkflowTrigger: 'githubWorkflowTrigger', githubWorkflowSha: 'githubWorkflowSHA', githubWorkflowName: 'githubWorkflowName', githubWorkflowRepository: 'githubWorkflowRepository', githubWorkflowRef: 'githubWorkflowRef' }

function extensionsOf(where: string, given: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  const pairs = Object.entries(given).map(([name, value]) => {
    const ours = Object.hasOwn(EXTENSIONS, name) ? EXTENSIONS[name] : undefined
    if (ours === undefined || /[*?]/.test(value)) refuse(where, `demands the extension ${quoted(name)} with ${quoted(value)}`)
    return [ours ?? name, value] as const
  })
  return pairs.length === 0 ? null : Object.fromEntries(pairs)
}

async function attestationsOf(where: string, { attestations = [] }: Images, signers: Map<string, PolicyFileSigner>, root: RootToCheck): Promise<readonly PolicyFileAttestation[]> {
  const demands: PolicyFileAttestation[] = []
  for (const { type, predicateType, attestors = [], conditions } of attestations) {
    const written = type ?? predicateType ?? refuse(where, 'demands an attestation without its type')
    if (!/^[a-z][a-z0-9+.-]*:/i.test(written)) refuse(where, `demands the attestation ${quoted(written)}, which is no URI`)
    if (conditions !== undefined) refuse(where, `has conditions about the attestation ${quoted(written)}, in a language of their own`)
    const { from, threshold, annotations } = await demandOf(`${where} for the attestation ${quoted(written)},`, attestors, signers, root)
    if (threshold !== 1 || Object.keys(annotations).length > 0) refuse(where, `demands the attestation ${quoted(written)} of several signers at once, or with annotations`)
    demands.push({ predicateType: written, from })
  }
  return demands
}
