import { generateKey, registry, sign, type Signer, type SignOptions } from '../src/index.ts'
import { buildImage, descriptorOf, objectOf, seedImage, type PlatformManifest } from './images.ts'
import { seedRecorded } from './recorded.ts'
import type { Store } from './registry/store.ts'

/** A seeded image, and how to look at it. */
export interface Seed {
  /** What it shows, for the person who reads the verdict. */
  readonly about: string
  readonly reference: string
  /** Files of keys whose signature counts, of `keys` below. */
  readonly keys: readonly string[]
  /** Who signed without a key; the root is one of the files. */
  readonly keyless?: { readonly identity: string; readonly issuer: string; readonly trustedRoot: string }
}

/** The options of `sealdex verify` by which it is judged; `file` gives the path of one of the files. */
export function optionsOf({ keys, keyless }: Seed, file: (name: string) => string): string[] {
  const identity = keyless === undefined ? [] : ['--certificate-identity', keyless.identity, '--certificate-oidc-issuer', keyless.issuer, '--trusted-root', file(keyless.trustedRoot)]
  return [...keys.flatMap((name) => ['--key', file(name)]), ...identity]
}

export interface Seeds {
  readonly images: readonly Seed[]
  /** Files that go with them: public keys, and the private ones to sign with. */
  readonly files: ReadonlyMap<string, string>
}

const TAG = '1.0'
const RELEASE = 'release.pub'
const LEAD = 'lead.pub'

interface Seeding {
  readonly host: string
  readonly store: Store
  readonly release: Signer
  readonly lead: Signer
}

/** Fills the registry with images of every outcome; each signature is made now, by new keys, but those of cosign. */
export async function seedRegistry(host: string, store: Store): Promise<Seeds> {
  const [release, lead] = await Promise.all([generateKey('ec-p256'), generateKey('ed25519')])
  const seeding: Seeding = { host, store, release: release.signer, lead: lead.signer }
  const [cosign, workflow] = [await cosignSig(seeding), await keyless(seeding)]
  const images = await Promise.all([flat(seeding), detached(seeding), unsigned(seeding), tampered(seeding), shadowed(seeding)])
  const files = new Map([[RELEASE, release.publicPem], ['release.key', release.pkcs8Pem()], [LEAD, lead.publicPem], ['lead.key', lead.pkcs8Pem()], ['cosign.pub', cosign.publicKey], ['trusted_root.json', workflow.trustedRoot]])
  return { images: [...images, cosign.seed, workflow.seed], files }
}

/** Nobody else writes here, so the watch over a tag (W4) runs on a clock that jumps. */
function common(): Pick<SignOptions, 'source' | 'timing'> {
  let now = 0
  return {
    source: registry(),
    timing: {
      now: () => now,
      random: () => 0.5,
      sleep: async (milliseconds) => {
        now += milliseconds
      },
    },
  }
}

async function flat({ host, store, release, lead }: Seeding): Promise<Seed> {
  await seedImage(store, 'demo/flat', TAG, await buildImage({ text: 'flat' }))
  const reference = `${host}/demo/flat:${TAG}`
  for (const signer of [release, lead]) await sign(reference, { ...common(), signer, layout: 'flat', annotations: { env: 'prod' } })
  return { about: 'Signed by two, in the index that the tag names ("flat"): the signatures travel with every copy.', reference, keys: [RELEASE, LEAD] }
}

async function detached({ host, store, release }: Seeding): Promise<Seed> {
  await seedImage(store, 'demo/detached', TAG, await buildImage({ text: 'detached' }))
  const reference = `${host}/demo/detached:${TAG}`
  await sign(reference, { ...common(), signer: release })
  return { about: 'Signed beside the index ("detached", as "sealdex sign" does it): the tag is not touched.', reference, keys: [RELEASE] }
}

async function unsigned({ host, store }: Seeding): Promise<Seed> {
  await seedImage(store, 'demo/unsigned', TAG, await buildImage({ text: 'unsigned' }))
  return { about: 'Nobody signed this one.', reference: `${host}/demo/unsigned:${TAG}`, keys: [RELEASE] }
}

/** One platform is another manifest than the one that was signed; its annotations were kept. */
async function tampered({ host, store, release }: Seeding): Promise<Seed> {
  const path = 'demo/tampered'
  await seedImage(store, path, TAG, await buildImage({ text: 'genuine' }))
  const reference = `${host}/${path}:${TAG}`
  await sign(reference, { ...common(), signer: release, layout: 'flat' })
  const evil = await pushedManifest(store, path, 'something else')
  await editIndex(store, path, (entries) => entries.map((entry) => (architectureOf(entry) === 'amd64' ? { ...entry, digest: evil.digest, size: evil.bytes.length } : entry)))
  return { about: 'Signed, and then one platform was exchanged for another manifest, its signature left in place.', reference, keys: [RELEASE] }
}

/** A signed index inside an index, and before it an entry that nobody signed and that most runtimes would take. */
async function shadowed({ host, store, release }: Seeding): Promise<Seed> {
  const path = 'demo/shadowed'
  await seedImage(store, path, TAG, await buildImage({ text: 'shadowed' }))
  const reference = `${host}/${path}:${TAG}`
  await sign(reference, { ...common(), signer: release, layout: 'nested' })
  const evil = await pushedManifest(store, path, 'something that nobody signed')
  await editIndex(store, path, (entries) => [{ ...descriptorOf(evil), platform: evil.platform }, ...entries.filter((entry) => architectureOf(entry) !== 'amd64')])
  return { about: 'The nested index is signed, and an unsigned sibling stands before it that would be run in its place.', reference, keys: [RELEASE] }
}

/** A manifest for linux/amd64 that nobody signed, with what belongs to it. */
async function pushedManifest(store: Store, path: string, text: string): Promise<PlatformManifest> {
  const { blobs, manifests: [manifest] } = await buildImage({ text, platforms: [{ os: 'linux', architecture: 'amd64' }] })
  if (manifest === undefined) throw new Error('an image of one platform has one manifest')
  for (const { bytes } of blobs) await store.putBlob(path, bytes)
  await store.putManifest(path, manifest.digest, manifest.bytes, manifest.mediaType)
  return manifest
}

interface Entry {
  readonly platform?: { readonly architecture?: string }
}

function architectureOf(entry: Entry): string | null {
  return entry.platform?.architecture ?? null
}

async function editIndex(store: Store, path: string, edit: (entries: readonly Entry[]) => readonly Entry[]): Promise<void> {
  const stored = store.manifest(path, TAG)
  if (stored === null) throw new Error(`${path}:${TAG} was seeded before`)
  const index = JSON.parse(new TextDecoder().decode(stored.bytes)) as { manifests: readonly Entry[] }
  const edited = await objectOf(stored.mediaType, { ...index, manifests: edit(index.manifests) })
  await store.putManifest(path, TAG, edited.bytes, edited.mediaType)
}

/** What cosign wrote with a key. */
async function cosignSig({ host, store }: Seeding): Promise<{ readonly seed: Seed; readonly publicKey: string }> {
  const path = 'demo/cosign-sig'
  const { publicKey = '' } = await seedRecorded(store, path, 'cosign-sig.json')
  return { publicKey, seed: { about: 'Signed by cosign 3.1.3, in the older form that most signed images carry.', reference: `${host}/${path}:v1`, keys: ['cosign.pub'] } }
}

/** What cosign wrote without one, for a workflow's identity, with a private Sigstore. */
async function keyless({ host, store }: Seeding): Promise<{ readonly seed: Seed; readonly trustedRoot: string }> {
  const path = 'demo/keyless'
  const { identity = '', issuer = '', trustedRoot = {} } = await seedRecorded(store, path, 'keyless.json')
  const about = 'Signed without a key by a workflow (cosign 3.1.3: Fulcio certificate, log entry, timestamp), judged by the root of a Sigstore made for it.'
  return { trustedRoot: JSON.stringify(trustedRoot), seed: { about, reference: `${host}/${path}:v1`, keys: [], keyless: { identity, issuer, trustedRoot: 'trusted_root.json' } } }
}
