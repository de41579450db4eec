import type { JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { signerOfIdentity } from './import-identity.ts'
import { scopeOf } from './import-kyverno.ts'
import { checkHash, keysIn, metadata, named, refuseOverlaps, unread, type Documents } from './import-kubernetes.ts'
import { refuse, shaped, type Imported } from './import-refuse.ts'
import { checkAddress, type RootToCheck } from './import-trust.ts'
import type { PolicyFileEntry, PolicyFileSigner } from './schema.ts'
import { anything, bool, list, oneOf, optional, record, strictObject, text, type Shape } from './shape.ts'

const word = optional(text)

const attestor = strictObject({
  name: text,
  cosign: optional(strictObject({
    key: optional(strictObject({ data: word, kms: unread, expression: unread, hashAlgorithm: word })),
    keyless: optional(strictObject({ identities: list(strictObject({ issuer: word, issuerRegExp: word, subject: word, subjectRegExp: word }), 1), roots: unread })),
    certificate: unread, source: unread, tuf: unread,
    ctlog: optional(strictObject({ url: word, rekorPubKey: unread, ctLogPubKey: unread, tsaCertChain: unread, insecureIgnoreTlog: optional(bool), insecureIgnoreSCT: optional(bool) })),
    annotations: optional(record(text)),
  })),
  notary: unread,
})
type Attestor = typeof attestor extends Shape<infer T> ? T : never

const document = strictObject({
  apiVersion: text,
  kind: oneOf('ImageValidatingPolicy'),
  metadata,
  spec: strictObject({
    matchConstraints: unread, matchConditions: unread, variables: unread, images: unread, credentials: unread,
    matchImageReferences: list(strictObject({ glob: word, expression: unread }), 1),
    attestors: list(attestor, 1),
    attestations: optional(list(anything)),
    validations: list(strictObject({ expression: text, message: unread, messageExpression: unread, reason: unread }), 1),
    validationActions: optional(list(text)), validationConfigurations: optional(strictObject({ required: optional(bool), mutateDigest: unread, verifyDigest: unread })),
    failurePolicy: unread, evaluation: unread, webhookConfiguration: unread, auditAnnotations: unread, autogen: unread,
  }),
  status: unread,
})

/** Kyverno's ImageValidatingPolicy, where its expressions are the ordinary ones. Throws `bad-policy` for what has no equal. */
export async function importImageValidatingPolicies(documents: Documents, root: RootToCheck): Promise<Imported> {
  const notes = new Set<string>(['Kyverno verifies the digest that the reference names, so "coverage" is "index"; images that no policy matches are allowed there and denied here.'])
  const policies: PolicyFileEntry[] = []
  for (const json of documents) policies.push(await entryOf(json, root, notes))
  refuseOverlaps(policies)
  return { file: { version: 1, policies }, notes: [...notes] }
}

async function entryOf(json: JsonValue, root: RootToCheck, notes: Set<string>): Promise<PolicyFileEntry> {
  const { metadata: { name }, spec } = shaped(document, json, 'The ImageValidatingPolicy')
  const where = `The ImageValidatingPolicy ${quoted(name)}`
  for (const field of ['matchConditions', 'variables', 'images'] as const) if (spec[field] !== undefined) refuse(where, `has "${field}", expressions in CEL`)
  if ((spec.attestations ?? []).length > 0) refuse(where, 'has "attestations", which its expressions verify')
  if (spec.validationConfigurations?.required === false) refuse(where, 'does not require what it verifies ("required": false)')
  if (spec.matchConstraints !== undefined) notes.add(`${where} is for some objects of a cluster ("matchConstraints"); here it is for all images that it matches.`)
  if (spec.validationActions?.includes('Deny') === false) notes.add(`${where} would only report ("validationActions"); here it is enforced.`)
  const scopes = spec.matchImageReferences.map(({ glob }) => scopeOf(where, glob ?? refuse(where, 'matches images by an expression in CEL')))
  const wanted = wantedAttestors(where, spec.validations.map(({ expression }) => expression))
  const signers: (readonly [string, PolicyFileSigner])[] = []
  const annotations: Record<string, string>[] = []
  for (const [i, one] of wanted.names.entries()) {
    const found = spec.attestors.find((candidate) => candidate.name === one) ?? refuse(where, `verifies the attestor ${quoted(one)}, which it does not name`)
    const own = await signersOf(`${where}, its attestor ${quoted(one)},`, found, root)
    if (wanted.all && own.length > 1) refuse(where, `needs the attestor ${quoted(one)}, of whom any of several identities or keys suffices, beside others`)
    signers.push(...named(one, own))
    annotations[i] = found.cosign?.annotations ?? {}
  }
  const [first = {}, ...others] = annotations
  if (others.some((one) => JSON.stringify(one) !== JSON.stringify(first))) refuse(where, 'demands different annotations of its attestors')
  const unused = spec.attestors.find((candidate) => !wanted.names.includes(candidate.name))
  if (unused !== undefined) notes.add(`${where} names the attestor "${unused.name}", whom no expression of it verifies.`)
  return { name, scopes, signers: Object.fromEntries(signers), require: { signatures: { threshold: wanted.all ? signers.length : 1 }, coverage: 'index', ...(Object.keys(first).length > 0 && { annotations: first }) } }
}

/** The expression of Kyverno's documentation: every image has a signature by one of these. All others are programs, and are refused. */
const ORDINARY = /^images\.containers\.map\(image, verifyImageSignatures\(image, \[((?:attestors\.[A-Za-z_][A-Za-z0-9_]*)(?:, ?attestors\.[A-Za-z_][A-Za-z0-9_]*)*)\]\)\)\.all\(e, e ?> ?0\)$/

function wantedAttestors(where: string, expressions: readonly string[]): { readonly names: readonly string[]; readonly all: boolean } {
  const lists = expressions.map((expression) => {
    const [, names] = ORDINARY.exec(expression.trim().replace(/\s+/g, ' ')) ?? refuse(where, `has the expression ${quoted(expression)}; of CEL only images.containers.map(image, verifyImageSignatures(image, [attestors.NAME])).all(e, e > 0) is read`)
    return [...new Set((names ?? '').split(/, ?/).map((one) => one.slice('attestors.'.length)))]
  })
  if (lists.length > 1 && lists.some((one) => one.length > 1)) refuse(where, 'has several validations of which one is met by any of several attestors')
  return { names: [...new Set(lists.flat())], all: lists.length > 1 }
}

async function signersOf(where: string, { cosign, notary }: Attestor, root: RootToCheck): Promise<readonly PolicyFileSigner[]> {
  if (notary !== undefined || cosign === undefined) return refuse(where, 'is of Notary: import notation\'s trust policy with its stores instead')
  const { key, keyless, certificate, source, tuf, ctlog } = cosign
  if (certificate !== undefined || tuf !== undefined || keyless?.roots !== undefined) refuse(where, 'has certificates or a root of its own ("certificate", "roots" or "tuf")')
  if (source !== undefined) refuse(where, 'takes signatures from another place ("source")')
  if (ctlog?.rekorPubKey !== undefined || ctlog?.ctLogPubKey !== undefined || ctlog?.tsaCertChain !== undefined) refuse(where, 'has logs of its own ("ctlog" with a key)')
  if ((key === undefined) === (keyless === undefined)) refuse(where, 'needs exactly one of "key" and "keyless"')
  const log = ctlog?.insecureIgnoreTlog !== true
  if (ctlog?.url !== undefined && log) await checkAddress(where, 'log', ctlog.url, root)
  if (key !== undefined) {
    if (key.data === undefined) return refuse(where, `names a key ${key.kms === undefined ? 'by an expression' : 'in a key service'}; put the public key itself into "data"`)
    checkHash(where, key.hashAlgorithm)
    return (await keysIn(where, key.data)).map((one) => ({ keys: [{ key: one }], ...(log && { log }) }))
  }
  return (keyless?.identities ?? []).map((identity) => ({ ...signerOfIdentity(where, identity), ...(!log && { log }), ...(ctlog?.insecureIgnoreSCT === true && { sct: false }) }))
}
