import type { JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { signerOfIdentity } from './import-identity.ts'
import { checkHash, keysIn, metadata, named, predicateTypeOf, refuseOverlaps, unread, type Documents } from './import-kubernetes.ts'
import { refuse, shaped, type Imported } from './import-refuse.ts'
import { checkAddress, type RootToCheck } from './import-trust.ts'
import type { PolicyFileAttestation, PolicyFileEntry, PolicyFileSigner } from './schema.ts'
import { bool, list, oneOf, optional, strictObject, text, type Shape } from './shape.ts'

const word = optional(text)

const authority = strictObject({
  name: word,
  key: optional(strictObject({ data: word, secretRef: unread, kms: unread, hashAlgorithm: word })),
  keyless: optional(strictObject({
    'url': word, 'ca-cert': unread, 'trustRootRef': unread, 'insecureIgnoreSCT': optional(bool),
    'identities': optional(list(strictObject({ issuer: word, issuerRegExp: word, subject: word, subjectRegExp: word }))),
  })),
  static: optional(strictObject({ action: text, message: unread })),
  source: unread,
  ctlog: optional(strictObject({ url: word, publicKey: unread, tsa: unread, trustRootRef: unread })),
  attestations: optional(list(strictObject({ name: unread, predicateType: text, policy: unread }), 1)),
  rfc3161timestamp: unread,
  signatureFormat: optional(oneOf('legacy', 'bundle', 'simplesigning')),
})
type Authority = typeof authority extends Shape<infer T> ? T : never

const document = strictObject({
  apiVersion: text,
  kind: oneOf('ClusterImagePolicy'),
  metadata,
  spec: strictObject({
    images: list(strictObject({ glob: text }), 1),
    authorities: list((value: JsonValue) => value, 1),
    mode: optional(oneOf('enforce', 'warn')),
    match: unread,
    policy: unread,
  }),
  status: unread,
})

/** Sigstore's policy-controller. Throws `bad-policy` for what has no equal. */
export async function importClusterImagePolicies(documents: Documents, root: RootToCheck): Promise<Imported> {
  const notes = new Set<string>(['policy-controller verifies the digest that the reference names, so "coverage" is "index".'])
  const policies: PolicyFileEntry[] = []
  for (const json of documents) policies.push(await entryOf(json, root, notes))
  refuseOverlaps(policies)
  return { file: { version: 1, policies }, notes: [...notes] }
}

async function entryOf(json: JsonValue, root: RootToCheck, notes: Set<string>): Promise<PolicyFileEntry> {
  const { metadata: { name }, spec } = shaped(document, json, 'The ClusterImagePolicy')
  const where = `The ClusterImagePolicy ${quoted(name)}`
  if (spec.match !== undefined) refuse(where, 'has "match", which picks resources of a cluster')
  if (spec.policy !== undefined) refuse(where, 'has a "policy" in CUE or Rego')
  if (spec.mode === 'warn') notes.add(`${where} would only warn ("mode"); here it is enforced.`)
  const scopes = scopesOf(where, spec.images.map(({ glob }) => glob))
  const authorities = spec.authorities.map((one, i) => ({ ...shaped(authority, one, `${where}, its authority ${i + 1},`), at: i + 1 }))
  const all = authorities.map((one) => ({ ...one, where: `${where}, its authority ${quoted(one.name ?? String(one.at))},` }))
  for (const one of all) if (one.static !== undefined && one.static.action !== 'fail') refuse(one.where, 'lets everything pass ("static"), and signatures are always required here')
  const real = all.filter((one) => one.static === undefined)
  // one that always fails adds nothing to those that may pass
  if (real.length === 0) return { name, scopes, reject: true }
  const signers: (readonly [string, PolicyFileSigner])[] = []
  for (const one of real) signers.push(...named(one.name ?? `authority-${one.at}`, await signersOf(one.where, one, root)))
  const attestations = attestationsOf(where, real, notes)
  return { name, scopes, signers: Object.fromEntries(signers), require: { coverage: 'index', ...(attestations.length > 0 && { attestations }) } }
}

async function signersOf(where: string, { key, keyless, source, ctlog, rfc3161timestamp }: Authority, root: RootToCheck): Promise<readonly PolicyFileSigner[]> {
  if (source !== undefined) refuse(where, 'takes signatures from another place ("source")')
  if (rfc3161timestamp !== undefined) refuse(where, 'has a timestamp authority of its own ("rfc3161timestamp")')
  if ((key === undefined) === (keyless === undefined)) refuse(where, 'needs exactly one of "key" and "keyless"')
  if (ctlog?.publicKey !== undefined || ctlog?.tsa !== undefined || ctlog?.trustRootRef !== undefined) refuse(where, 'has a log of its own ("ctlog")')
  if (ctlog?.url !== undefined) await checkAddress(where, 'log', ctlog.url, root)
  if (key !== undefined) {
    if (key.data === undefined) return refuse(where, `names a key ${key.kms === undefined ? 'in a secret of the cluster ("secretRef")' : 'in a key service ("kms")'}; put the public key itself into "data"`)
    checkHash(where, key.hashAlgorithm)
    return [{ keys: (await keysIn(where, key.data)).map((one) => ({ key: one })), ...(ctlog !== undefined && { log: true }) }]
  }
  if (keyless?.['ca-cert'] !== undefined || keyless?.trustRootRef !== undefined) refuse(where, 'has a certificate authority of its own ("ca-cert" or "trustRootRef")')
  if (keyless?.url !== undefined) await checkAddress(where, 'authority', keyless.url, root)
  const identities = keyless?.identities ?? []
  if (identities.length === 0) refuse(where, 'is "keyless" without "identities", so that whoever can log in anywhere would do')
  return identities.map((identity) => ({ ...signerOfIdentity(where, identity), ...(keyless?.insecureIgnoreSCT === true && { sct: false }) }))
}

function attestationsOf(where: string, authorities: readonly Authority[], notes: Set<string>): readonly PolicyFileAttestation[] {
  const demanded = authorities.flatMap(({ attestations = [] }) => attestations)
  if (demanded.length === 0) return []
  if (authorities.length > 1) refuse(where, 'demands attestations of some of its authorities, any of which suffices')
  if (demanded.some(({ policy }) => policy !== undefined)) refuse(where, 'has a "policy" in CUE or Rego about an attestation')
  notes.add(`${where} would be met by attestations alone; here the image has to be signed as well.`)
  return demanded.map(({ predicateType }) => ({ predicateType: predicateTypeOf(where, predicateType) }))
}

/** `**` stands for anything, `*` for anything but a slash, tags and digests included: only what means a repository or all below a path has an equal. */
function scopesOf(where: string, globs: readonly string[]): readonly string[] {
  const has = (glob: string): boolean => globs.includes(glob)
  return [...new Set(globs.map((glob) => {
    if (glob === '**') return '*'
    const below = /^([^*]*)\/\*\*$/.exec(glob)?.[1]
    if (below !== undefined && isHost(below)) return `${below}/*`
    const repository = /^([^*]*\/[^*]*?)(?::|@)\*\*$/.exec(glob)?.[1]
    if (repository !== undefined && isHost(repository) && has(`${repository}:**`) && has(`${repository}@**`)) return repository
    return refuse(where, `has the glob ${quoted(glob)}; what has an equal is **, HOST/PATH/**, and HOST/PATH:** together with HOST/PATH@**`)
  }))]
}

/** Its globs are held against whole names, which begin with a host. */
function isHost(path: string): boolean {
  return /^(?:localhost|[^/]*[.:][^/]*)(?:\/|$)/.test(path)
}
