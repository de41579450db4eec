/** What the hostile tests start from: an honest image in the lying registry, ways to sign it, and a judge that runs the real `verify`. */
import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { buildImage, descriptorOf, objectOf, seedImage, type BuiltImage, type ImageObject, type ImageOptions } from '../../demo/images.ts'
import type { RegistryOptions as ServerOptions } from '../../demo/registry/registry.ts'
import { base64Encode, utf8Encode } from '../../src/base/bytes.ts'
import type { JsonValue } from '../../src/base/json.ts'
import type { Digest } from '../../src/crypto/digest.ts'
import { generateKey, type GeneratedKey } from '../../src/crypto/private-key.ts'
import { writeSimpleSigning } from '../../src/envelope/simple-signing.ts'
import { holdToLock, policyFromKeys, registry, verify, type Lock, type Policy, type Source, type Verdict, type VerifyOptions } from '../../src/index.ts'
import { hostileRegistry, type HostileRegistry } from './registry/hostile.ts'
import { conforms } from '../schemas.ts'

export const REPOSITORY = 'demo/app'
export const INDEX = 'application/vnd.oci.image.index.v1+json'
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json'
export const AT: Date = new Date('2026-11-24T12:00:00Z')
export const SIGNATURE = 'dev.cosignproject.cosign/signature'
export const PAYLOAD = 'dev.sealdex/payload'
export const KEY = 'dev.sealdex/key'

/** One signer for a whole file: keys are dear. */
export const alice: GeneratedKey = await generateKey()
export const mallory: GeneratedKey = await generateKey()

export interface World {
  readonly server: HostileRegistry
  readonly image: BuiltImage
  /** `host/demo/app`. */
  readonly name: string
  /** `host/demo/app:v1`. */
  readonly reference: string
}

/** The lying registry with one honest, unsigned image `demo/app:v1`; stopped when the test ends. */
export async function world(options: ServerOptions = {}, imageOptions: ImageOptions = {}): Promise<World> {
  const [server, image] = [await hostileRegistry(options), await buildImage(imageOptions)]
  onTestFinished(server.close)
  await seedImage(server.store, REPOSITORY, 'v1', image)
  return { server, image, name: `${server.host}/${REPOSITORY}`, reference: `${server.host}/${REPOSITORY}:v1` }
}

export type Fields = Readonly<Record<string, unknown>>
export type Annotations = Readonly<Record<string, string>>

/** A descriptor as it will stand in an index. */
export interface Listed extends Fields {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations?: Annotations
}

export function listed(object: ImageObject, extra: Fields = {}): Listed {
  return { ...descriptorOf(object), ...extra }
}

export function indexOf(manifests: readonly unknown[], extra: Fields = {}): Fields {
  return { schemaVersion: 2, mediaType: INDEX, manifests, ...extra }
}

/** cosign's payload with signed facts or annotations in `optional`. */
export function payloadOf(digest: string, name: string, optional: Readonly<Record<string, JsonValue>> = {}): Uint8Array<ArrayBuffer> {
  return writeSimpleSigning(digest as Digest, name, new Map(Object.entries(optional)))
}

/** A signature over any bytes as W1 writes it: signature, payload and hint under one suffix. */
export async function signed(key: GeneratedKey, payload: Uint8Array<ArrayBuffer> | string, hint: GeneratedKey = key): Promise<Annotations> {
  const bytes = typeof payload === 'string' ? utf8Encode(payload) : payload
  return annotated(await key.signer.sign(bytes), bytes, hint)
}

/** Any signature bytes with any payload under their content's suffix. */
export function annotated(signature: Uint8Array, payload: Uint8Array | null, hint: GeneratedKey | null = null): Annotations {
  const text = base64Encode(signature)
  const suffix = `.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  return {
    [`${SIGNATURE}${suffix}`]: text,
    ...(payload === null ? {} : { [`${PAYLOAD}${suffix}`]: base64Encode(payload) }),
    ...(hint === null ? {} : { [`${KEY}${suffix}`]: base64Encode(Buffer.from(hint.signer.publicKey.keyId, 'hex')) }),
  }
}

/** The honest signature over a digest in this world's repository. */
export function sign(on: World, digest: string, key: GeneratedKey = alice, optional: Readonly<Record<string, JsonValue>> = {}): Promise<Annotations> {
  return signed(key, payloadOf(digest, on.name, optional))
}

/** Stores a document under a tag (and its digest); text goes in as it is. */
export async function put(on: World, tag: string | null, document: unknown, mediaType: string = INDEX): Promise<ImageObject> {
  const object = typeof document === 'string' ? await objectOfText(mediaType, document) : await objectOf(mediaType, document)
  await on.server.store.putManifest(REPOSITORY, tag ?? object.digest, object.bytes, mediaType)
  return object
}

async function objectOfText(mediaType: string, text: string): Promise<ImageObject> {
  const bytes = utf8Encode(text)
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, mediaType, bytes }
}

/** The flat layout: each platform signed in the tag's own index. Returns the new index. */
export async function flat(on: World, { keys = [alice], tag = 'v1', extra = [], before = [], optional = {} }: {
  keys?: readonly GeneratedKey[]; tag?: string; extra?: readonly unknown[]; before?: readonly unknown[]; optional?: Readonly<Record<string, JsonValue>>
} = {}): Promise<ImageObject> {
  return put(on, tag, indexOf([...before, ...(await flatEntries(on, keys, optional)), ...extra]))
}

export async function flatEntries(on: World, keys: readonly GeneratedKey[] = [alice], optional: Readonly<Record<string, JsonValue>> = {}): Promise<Listed[]> {
  return Promise.all(on.image.manifests.map(async (manifest) => {
    const annotations = await Promise.all(keys.map((key) => sign(on, manifest.digest, key, optional)))
    return listed(manifest, { platform: manifest.platform, annotations: Object.assign({}, ...annotations) as Annotations })
  }))
}

/** The signed index at the digest tag of an object. */
export async function atDigestTag(on: World, subject: ImageObject, annotations: Annotations, more: readonly unknown[] = []): Promise<ImageObject> {
  return put(on, subject.digest.replace(':', '-'), indexOf([listed(subject, { annotations }), ...more], { subject: descriptorOf(subject) }))
}

/** The detached layout: the object's own signature at its digest tag. */
export async function detached(on: World, subject: ImageObject = on.image.index, key: GeneratedKey = alice, optional: Readonly<Record<string, JsonValue>> = {}): Promise<ImageObject> {
  return atDigestTag(on, subject, await sign(on, subject.digest, key, optional))
}

/** A signed index that the registry lists as a referrer of the subject. */
export async function referrer(on: World, subject: ImageObject, annotations: Annotations, extra: Fields = {}): Promise<ImageObject> {
  return put(on, null, indexOf([listed(subject, { annotations })], { artifactType: 'application/vnd.sealdex.signed-index.v1', subject: descriptorOf(subject), ...extra }))
}

/** cosign's `.sig` manifest: one layer for each payload and signature. */
export async function sigTag(on: World, subject: ImageObject, layers: readonly { payload: Uint8Array<ArrayBuffer>; signature: Uint8Array; size?: number }[]): Promise<ImageObject> {
  const config = await objectOf('application/vnd.oci.image.config.v1+json', {})
  await on.server.store.putBlob(REPOSITORY, config.bytes)
  const entries = await Promise.all(layers.map(async ({ payload, signature, size }) => {
    const digest = await on.server.store.putBlob(REPOSITORY, payload)
    return { mediaType: SIMPLE, digest, size: size ?? payload.length, annotations: { [SIGNATURE]: base64Encode(signature) } }
  }))
  return put(on, `${subject.digest.replace(':', '-')}.sig`, { schemaVersion: 2, mediaType: MANIFEST, config: descriptorOf(config), layers: entries }, MANIFEST)
}

export async function sigLayer(on: World, digest: string, key: GeneratedKey = alice, optional: Readonly<Record<string, JsonValue>> = {}): Promise<{ payload: Uint8Array<ArrayBuffer>; signature: Uint8Array }> {
  const payload = payloadOf(digest, on.name, optional)
  return { payload, signature: await key.signer.sign(payload) }
}

export interface Judged {
  readonly outcome: Verdict['outcome']
  /** Codes of the reasons that decide. */
  readonly codes: readonly string[]
  /** All reasons as a person reads them. */
  readonly text: string
  /** `state code` of every signature. */
  readonly signatures: readonly string[]
  /** `place state code` of every place that was read or asked for. */
  readonly places: readonly string[]
  readonly verdict: Verdict
}

export type Overrides = Partial<Omit<VerifyOptions, 'policy'>> & { policy?: Policy | Promise<Policy>; lock?: Lock }

/** The real `verify` over the real registry client, alice being the one whose signature counts. */
export async function judge(on: World | string, { lock, ...overrides }: Overrides = {}): Promise<Judged> {
  const reference = typeof on === 'string' ? on : on.reference
  const source: Source = overrides.source ?? registry()
  const read = await verify(reference, { policy: policyFromKeys([alice.publicPem]), at: AT, ...overrides, source, ...(lock !== undefined && { all: true }) })
  const verdict = lock === undefined ? read : holdToLock(read, lock)
  conforms('verdict.v1', verdict)
  return judged(verdict)
}

function judged(verdict: Verdict): Judged {
  return {
    outcome: verdict.outcome,
    codes: verdict.reasons.filter(({ effect }) => effect === 'decides').map(({ code }) => code),
    text: verdict.reasons.map(({ message }) => message).join('\n'),
    signatures: verdict.subjects.flatMap(({ signatures }) => signatures.map(({ state, code }) => `${state} ${code ?? ''}`.trim())),
    places: verdict.places.filter(({ state }) => state !== 'not-needed').map(({ place, state, code }) => `${place} ${state} ${code ?? ''}`.trim()),
    verdict,
  }
}

/** Everything in the repository as the files of an image layout, each tag a name in index.json. */
export function layoutFiles(on: World): Map<string, Uint8Array<ArrayBuffer>> {
  const { manifests, tags, blobs } = on.server.store.repository(REPOSITORY)
  const files = new Map<string, Uint8Array<ArrayBuffer>>([['oci-layout', utf8Encode('{"imageLayoutVersion":"1.0.0"}')]])
  const path = (digest: string): string => `blobs/${digest.replace(':', '/')}`
  for (const { digest, bytes } of manifests.values()) files.set(path(digest), bytes)
  for (const [digest, bytes] of blobs) files.set(path(digest), bytes)
  const names = Map.groupBy(tags, ([, digest]) => digest)
  const entries = [...manifests.values()].flatMap(({ digest, bytes, mediaType }) => {
    const entry = { mediaType, digest, size: bytes.length }
    return names.get(digest)?.map(([tag]) => ({ ...entry, annotations: { 'org.opencontainers.image.ref.name': tag } })) ?? [entry]
  })
  files.set('index.json', utf8Encode(JSON.stringify(indexOf(entries))))
  return files
}

/** Files of a layout with a changed index.json. */
export function withIndexJson(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, change: (index: { manifests: Listed[]; annotations?: Record<string, string> }) => unknown): Map<string, Uint8Array<ArrayBuffer>> {
  const index = JSON.parse(new TextDecoder().decode(files.get('index.json'))) as { manifests: Listed[]; annotations?: Record<string, string> }
  return new Map(files).set('index.json', utf8Encode(JSON.stringify(change(index) ?? index)))
}

/** Requests for manifests, blobs and lists; not for tokens. */
export function asked(on: World): readonly string[] {
  return on.server.requests.filter(({ path }) => path.startsWith('/v2/')).map(({ path }) => path.replace(`/v2/${REPOSITORY}/`, ''))
}
