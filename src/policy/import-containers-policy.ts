import { base64Decode, utf8Decode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { isJsonObject, type JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { refuse, shaped, type Imported } from './import-refuse.ts'
import { checkAuthorities, checkLogs, type RootToCheck } from './import-trust.ts'
import type { PolicyFileEntry, PolicyFileRequirements, PolicyFileSigner } from './schema.ts'
import { anything, list, optional, record, strictObject, text, type Shape } from './shape.ts'

export interface ContainersPolicyOptions extends RootToCheck {
  /** The text of a file that the policy names. */
  readonly readFile: (path: string) => string
}

interface SignedIdentity {
  readonly type: string
  readonly dockerReference?: string
  readonly dockerRepository?: string
  readonly prefix?: string
  readonly signedPrefix?: string
}

const texts = optional(list(text, 1))
const word = optional(text)

const sigstoreSigned = strictObject({
  type: text,
  keyPath: word, keyPaths: texts, keyData: word, keyDatas: texts,
  fulcio: optional(strictObject({ caPath: word, caData: word, oidcIssuer: text, subjectEmail: text })),
  pki: optional(anything),
  rekorPublicKeyPath: word, rekorPublicKeyPaths: texts, rekorPublicKeyData: word, rekorPublicKeyDatas: texts,
  signedIdentity: optional(strictObject({ type: text, dockerReference: word, dockerRepository: word, prefix: word, signedPrefix: word })),
})
type SigstoreSigned = typeof sigstoreSigned extends Shape<infer T> ? T : never

const requirements: Shape<JsonValue[]> = list((value: JsonValue) => value, 1)
const file = strictObject({ default: requirements, transports: optional(record(record(requirements))) })

/** Stores on this machine, whose images nobody verifies here. */
const LOCAL: ReadonlySet<string> = new Set(['docker-daemon', 'containers-storage'])

/** containers-policy.json(5) of podman, skopeo and CRI-O. Throws `bad-policy` for what has no equal. */
export async function importContainersPolicy(json: JsonValue, options: ContainersPolicyOptions): Promise<Imported> {
  // free names may be empty here: "" is a whole transport
  const read = shaped(file, renamed(json), 'The containers policy')
  const notes = new Set<string>()
  const policies: PolicyFileEntry[] = []
  for (const [transport, scopes] of Object.entries(read.transports ?? {})) {
    if (LOCAL.has(transport)) notes.add(`Rules for the transport "${transport}" were left out: such images are not in a registry, and sealdex does not judge them.`)
    else if (transport !== 'docker') refuse('The containers policy', `has rules for the transport ${quoted(transport)}`)
    else for (const [scope, list] of Object.entries(scopes)) policies.push(...await entriesOf(scope, list, options, notes))
  }
  const hasOwnDefault = Object.hasOwn(read.transports?.['docker'] ?? {}, WHOLE)
  if (!hasOwnDefault) policies.push(...await entriesOf(WHOLE, read.default, options, notes))
  else notes.add('The "default" was left out: "docker" has a default of its own, and only registries are judged.')
  if (policies.some(({ reject }) => reject !== true)) notes.add('podman, skopeo and CRI-O verify the manifest of the platform, so "coverage" is "each": a signature on the index alone does not count.')
  return { file: { version: 1, policies }, notes: [...notes] }
}

const WHOLE = '<all>'

function renamed(json: JsonValue): JsonValue {
  if (!isJsonObject(json)) return json
  const transports = json.get('transports')
  if (transports === undefined || !isJsonObject(transports)) return json
  const whole = (scopes: JsonValue): JsonValue => (isJsonObject(scopes) ? new Map([...scopes].map(([name, value]) => [name === '' ? WHOLE : name, value])) : scopes)
  return new Map(json).set('transports', new Map([...transports].map(([name, scopes]) => [name, whole(scopes)])))
}

async function entriesOf(scope: string, list: readonly JsonValue[], options: ContainersPolicyOptions, notes: Set<string>): Promise<readonly PolicyFileEntry[]> {
  const name = scope === WHOLE ? 'default' : scope
  const where = `The rule for ${quoted(name)}`
  const scopes = scopesOf(where, scope)
  const types = list.map((one) => (isJsonObject(one) ? one.get('type') : null))
  for (const type of types) {
    if (type === 'insecureAcceptAnything') refuse(where, 'has "insecureAcceptAnything", and signatures are always required here')
    if (type === 'signedBy') refuse(where, 'has "signedBy", and signatures of PGP are not read')
    if (type !== 'reject' && type !== 'sigstoreSigned') refuse(where, `has a requirement of the type ${typeof type === 'string' ? quoted(type) : 'that it does not say'}`)
  }
  if (types.includes('reject')) return [{ name, scopes, reject: true }]
  const read = list.map((one) => shaped(sigstoreSigned, one, `${where}, a "sigstoreSigned",`))
  const signers = await Promise.all(read.map((one) => signerOf(where, one, options)))
  const identities = new Set(read.map(({ signedIdentity }) => JSON.stringify(signedIdentity ?? null)))
  if (identities.size > 1) refuse(where, 'demands signatures under different identities ("signedIdentity")')
  const require = { ...(signers.length > 1 && { signatures: { threshold: signers.length } }), coverage: 'each' as const }
  const entry = { name, scopes, signers: Object.fromEntries(signers.map((signer, i) => [`signer-${i + 1}`, signer])) }
  const identity = (read[0]?.signedIdentity ?? { type: 'matchRepoDigestOrExact' }) as SignedIdentity
  return identity.type === 'remapIdentity' ? remapped(where, scope, { ...entry, require }, identity, notes) : [{ ...entry, require: { ...require, ...namesOf(where, identity, notes) } }]
}

function scopesOf(where: string, scope: string): readonly string[] {
  if (scope === WHOLE) return ['*']
  if (scope.includes('*')) refuse(where, 'is for all hosts of a domain')
  if (scope.includes('@') || /:[^/]*$/.test(scope.slice(scope.indexOf('/') + 1)) && scope.includes('/')) refuse(where, 'is for one tag or digest')
  return scope.includes('/') ? [scope, `${scope}/*`] : [`${scope}/*`]
}

async function signerOf(where: string, requirement: SigstoreSigned, options: ContainersPolicyOptions): Promise<PolicyFileSigner> {
  const { keyPath, keyPaths, keyData, keyDatas, fulcio, pki } = requirement
  if (pki !== undefined) refuse(where, 'has "pki", a public key infrastructure of its own')
  const given = [keyPath, keyPaths, keyData, keyDatas, fulcio].filter((one) => one !== undefined)
  if (given.length !== 1) refuse(where, 'needs exactly one of keyPath, keyPaths, keyData, keyDatas and fulcio')
  const logs = [...files(options, requirement.rekorPublicKeyPath, requirement.rekorPublicKeyPaths), ...datas(where, requirement.rekorPublicKeyData, requirement.rekorPublicKeyDatas)]
  await checkLogs(where, logs, options)
  if (fulcio === undefined) {
    const keys = [...files(options, keyPath, keyPaths), ...datas(where, keyData, keyDatas)]
    return { keys: keys.map((key) => ({ key })), ...(logs.length > 0 && { log: true }) }
  }
  if (logs.length === 0) refuse(where, 'has "fulcio" without the key of a log')
  const authorities = [...files(options, fulcio.caPath), ...datas(where, fulcio.caData)]
  if (authorities.length !== 1) refuse(where, 'needs exactly one of caPath and caData in "fulcio"')
  await checkAuthorities(where, authorities, options)
  return { identity: fulcio.subjectEmail, issuer: fulcio.oidcIssuer }
}

function files({ readFile }: ContainersPolicyOptions, one?: string, more: readonly string[] = []): readonly string[] {
  return [...(one === undefined ? [] : [one]), ...more].map(readFile)
}

function datas(where: string, one?: string, more: readonly string[] = []): readonly string[] {
  return [...(one === undefined ? [] : [one]), ...more].map((data) => {
    try {
      return utf8Decode(base64Decode(data))
    } catch (error) {
      throw new SealdexError('bad-policy', `${where} has data that are no base64 of a text.`, { cause: error })
    }
  })
}

/** Under which name it has to be signed. */
function namesOf(where: string, { type, dockerRepository }: SignedIdentity, notes: Set<string>): Pick<PolicyFileRequirements, 'repository' | 'tag'> {
  if (type === 'matchRepository') return { repository: true }
  if (type === 'matchExact' || type === 'matchRepoDigestOrExact') {
    notes.add(`"${type}" demands the signed tag, which stands in dev.sealdex/tag here, and of a reference without a tag nothing is allowed: stricter than podman. "matchRepository" is what cosign's signatures can meet.`)
    return { repository: true, tag: true }
  }
  if (type === 'exactRepository' && dockerRepository !== undefined) return { repository: [dockerRepository] }
  return refuse(where, `has the "signedIdentity" ${quoted(type)}`)
}

/** Only for one repository is it known what the prefix makes of its name; what lies below it is rejected, lest another rule take it. */
function remapped(where: string, scope: string, entry: PolicyFileEntry, { prefix = '', signedPrefix = '' }: SignedIdentity, notes: Set<string>): readonly PolicyFileEntry[] {
  const isRepository = scope !== WHOLE && scope.includes('/')
  if (!isRepository || prefix === '' || signedPrefix === '' || (scope !== prefix && !scope.startsWith(`${prefix}/`))) refuse(where, 'has the "signedIdentity" "remapIdentity" for more than one repository below its prefix')
  notes.add(`"remapIdentity" was imported for ${scope} itself; what lies below it is rejected, and the signed tag is demanded.`)
  const repository = [`${signedPrefix}${scope.slice(prefix.length)}`]
  return [{ ...entry, scopes: [scope], require: { ...entry.require, repository, tag: true } }, { name: `${entry.name}, below`, scopes: [`${scope}/*`], reject: true }]
}
