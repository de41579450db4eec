import { buildImage, descriptorOf, objectOf, seedImage, type BuiltImage, type ImageObject, type ImageOptions } from '../../demo/images.ts'
import { createRegistry } from '../../demo/registry/app.ts'
import type { RegistryOptions as ServerOptions } from '../../demo/registry/registry.ts'
import type { Store } from '../../demo/registry/store.ts'
import type { CopyTarget } from '../../src/copy/endpoint.ts'
import { generateKey, type Signer } from '../../src/crypto/private-key.ts'
import { signaturesInIndex } from '../../src/form/forms.ts'
import type { FoundSignature } from '../../src/form/found.ts'
import { readDocument, type ImageIndex } from '../../src/oci/document.ts'
import { sign, type SignOptions, type SignResult } from '../../src/edit/sign.ts'
import { registry } from '../../src/source/registry.ts'
import type { RegistryWriter } from '../../src/source/registry-writer.ts'
import type { Source } from '../../src/source/source.ts'
import { checkSignature } from '../../src/verify/check.ts'
import type { Checked } from '../../src/verify/checked.ts'
import { instantTiming } from './clock.ts'

export const REPOSITORY = 'registry.example/demo/app'
export const NAME = 'demo/app'
/** 2026-01-02T03:04:05Z. */
export const AT = 1_767_323_045

/** The embedded registry without sockets, with one image `registry.example/demo/app:v1` of two platforms. */
export interface Bench {
  readonly store: Store
  readonly source: Source & RegistryWriter & CopyTarget
  readonly image: BuiltImage
  readonly requests: string[]
  sign(signer: SignOptions['signer'], options?: Partial<SignOptions>, reference?: string): Promise<SignResult>
  /** The index that a tag or digest names. */
  index(name: string): ImageIndex
  json(name: string): unknown
  put(name: string, document: object, mediaType?: string): Promise<string>
}

export async function bench(server: ServerOptions = {}, imageOptions: ImageOptions = {}): Promise<Bench> {
  const requests: string[] = []
  const { app, store } = createRegistry({ ...server, onRequest: ({ method, path }) => requests.push(`${method} ${path}`) })
  const source = registry({ fetch: async (url, init) => app.fetch(new Request(url, { ...init, duplex: 'half' } as RequestInit)) })
  const image = await buildImage(imageOptions)
  await seedImage(store, NAME, 'v1', image)
  const bytesOf = (name: string): Uint8Array<ArrayBuffer> => {
    const found = store.manifest(NAME, name)
    if (found === null) throw new Error(`${name} is not there`)
    return found.bytes
  }
  return {
    store,
    source,
    image,
    requests,
    sign: (signer, options = {}, reference = `${REPOSITORY}:v1`) => sign(reference, { source, signer, at: AT, timing: instantTiming(), ...options }),
    index: (name) => {
      const document = readDocument(bytesOf(name), null)
      if (document.kind !== 'index') throw new Error(`${name} is no index`)
      return document
    },
    json: (name) => JSON.parse(new TextDecoder().decode(bytesOf(name))) as unknown,
    put: async (name, document, mediaType = 'application/vnd.oci.image.index.v1+json') => store.putManifest(NAME, name, new TextEncoder().encode(JSON.stringify(document)), mediaType),
  }
}

let made: Promise<readonly Signer[]> | undefined

/** Sixteen keys, the same all the time: to make them takes longer than to use them. */
export function signers(): Promise<readonly Signer[]> {
  made ??= Promise.all(Array.from({ length: 16 }, async (_, i) => (await generateKey(i % 2 === 0 ? 'ec-p256' : 'ed25519')).signer))
  return made
}

export async function signer(i = 0): Promise<Signer> {
  return (await signers())[i] as Signer
}

/** What the verifier says of each signature in an index by one of the keys. */
export async function checkedIn(index: ImageIndex, keys: readonly Signer[], at: number = AT): Promise<readonly (Checked & { readonly found: FoundSignature })[]> {
  const context = {
    keys: keys.map(({ publicKey }) => ({
      key: publicKey,
      signer: { kind: 'key' as const, name: publicKey.keyId, keys: [{ key: publicKey, notBefore: null, notAfter: null }], log: false },
      window: { notBefore: null, notAfter: null },
      revoked: false,
    })),
    keyless: [], x509: [],
    trustedRoot: null,
    rootFailure: null,
    at,
    revoked: new Set<string>(),
    candidates: () => [],
    mostCandidates: 0,
    spend: () => undefined,
  }
  return Promise.all(signaturesInIndex(index).map(async (found) => ({ ...(await checkSignature(found, context)), found })))
}

/** Keys with an accepted signature about the digest. */
export async function acceptedKeys(index: ImageIndex, digest: string, keys: readonly Signer[], at: number = AT): Promise<ReadonlySet<string>> {
  const checked = await checkedIn(index, keys, at)
  return new Set(checked.filter((one) => one.state === 'accepted' && one.signed?.digest === digest).map((one) => one.keyId ?? ''))
}

/** An SBOM-like artifact with a subject, as `oras attach` makes it. */
export async function putArtifact(store: Store, subject: ImageObject, text = 'sbom'): Promise<ImageObject> {
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: await store.putBlob(NAME, new TextEncoder().encode('{}')), size: 2 }
  const bytes = new TextEncoder().encode(text)
  const layer = { mediaType: 'text/spdx+json', digest: await store.putBlob(NAME, bytes), size: bytes.length }
  const manifest = await objectOf('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', artifactType: 'text/spdx+json', config: empty, layers: [layer], subject: descriptorOf(subject),
  })
  await store.putManifest(NAME, manifest.digest, manifest.bytes, manifest.mediaType)
  return manifest
}

export { descriptorOf as descriptorFor }
