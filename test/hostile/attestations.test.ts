import { describe, expect, test } from 'vitest'
import type { ImageObject } from '../../demo/images.ts'
import { parsePolicy, type Policy } from '../../src/index.ts'
import { base64Encode, utf8Encode } from '../../src/base/bytes.ts'
import type { GeneratedKey } from '../../src/crypto/private-key.ts'
import { preAuthEncoding } from '../../src/envelope/dsse.ts'
import * as lies from './registry/lies.ts'
import { alice, asked, detached, indexOf, judge, listed, mallory, MANIFEST, put, REPOSITORY, world, type Fields, type World } from './support.ts'

const IN_TOTO = 'application/vnd.in-toto+json'
const PROVENANCE = 'https://slsa.dev/provenance/v1'
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

const demanding = (predicate: object = {}): Promise<Policy> => parsePolicy(JSON.stringify({
  version: 1,
  policies: [{ name: 'p', scopes: ['*'], signers: { alice: { keys: [{ key: alice.publicPem }] } }, require: { attestations: [{ predicateType: PROVENANCE, ...predicate }] } }],
}))

async function blob(on: World, mediaType: string, content: object | Uint8Array): Promise<{ mediaType: string; digest: string; size: number }> {
  const bytes = content instanceof Uint8Array ? Uint8Array.from(content) : utf8Encode(JSON.stringify(content))
  return { mediaType, digest: await on.server.store.putBlob(REPOSITORY, bytes), size: bytes.length }
}

/** A bundle with a signed statement about `about`, that refers to `subject`. */
async function attest(on: World, subject: ImageObject, about: readonly ImageObject[], { key = alice, predicate = {}, type = PROVENANCE }: { key?: GeneratedKey; predicate?: object; type?: string } = {}): Promise<ImageObject> {
  const subjects = about.map(({ digest }) => ({ name: 'x', digest: { sha256: digest.slice(7) } }))
  const payload = utf8Encode(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: subjects, predicateType: type, predicate }))
  const sig = base64Encode(await key.signer.sign(preAuthEncoding(IN_TOTO, payload)))
  const layer = await blob(on, BUNDLE, { mediaType: BUNDLE, verificationMaterial: { publicKey: { hint: '' } }, dsseEnvelope: { payload: base64Encode(payload), payloadType: IN_TOTO, signatures: [{ sig }] } })
  const config = await blob(on, 'application/vnd.oci.empty.v1+json', {})
  return put(on, null, { schemaVersion: 2, mediaType: MANIFEST, artifactType: BUNDLE, config, layers: [layer], subject: listed(subject) }, MANIFEST)
}

/** The image as BuildKit pushes it: an attestation manifest for each platform, in a signed index. */
async function built(on: World): Promise<readonly ImageObject[]> {
  const config = await blob(on, 'application/vnd.oci.empty.v1+json', {})
  const statements = await Promise.all(on.image.manifests.map(async (manifest): Promise<Fields & ImageObject> => {
    const layer = await blob(on, IN_TOTO, { _type: 'https://in-toto.io/Statement/v1', subject: [{ name: 'x', digest: { sha256: manifest.digest.slice(7) } }], predicateType: PROVENANCE, predicate: {} })
    return put(on, null, { schemaVersion: 2, mediaType: MANIFEST, artifactType: 'application/vnd.docker.attestation.manifest.v1+json', config, layers: [{ ...layer, annotations: { 'in-toto.io/predicate-type': PROVENANCE } }], subject: listed(manifest) }, MANIFEST) as Promise<Fields & ImageObject>
  }))
  const index = await put(on, 'v1', indexOf([
    ...on.image.manifests.map((manifest) => listed(manifest, { platform: manifest.platform })),
    ...statements.map((one, i) => listed(one, { platform: { os: 'unknown', architecture: 'unknown' }, annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': on.image.manifests[i]?.digest ?? '' } })),
  ]))
  await detached(on, index)
  return statements
}

describe('R5, R10: attestations that a policy demands', () => {
  test('BuildKit\'s unsigned statement is a claim; a bundle that refers to its manifest attests what its signed subject names', async () => {
    const on = await world()
    const statements = await built(on)
    const policy = demanding()
    expect(await judge(on, { policy })).toMatchObject({ outcome: 'deny', codes: ['attestation-not-met', 'attestation-not-met'] })
    for (const [i, statement] of statements.entries()) await attest(on, statement, [on.image.manifests[i] as ImageObject])
    const { outcome, verdict } = await judge(on, { policy })
    expect(outcome).toBe('allow')
    expect(verdict.attachments).toContainEqual(expect.objectContaining({ type: PROVENANCE, subject: on.image.manifests[0]?.digest, standing: 'signed', by: 'statement' }))
    expect((await judge(on, { policy, all: true })).outcome).toBe('allow')
    // who demands none asks for none
    const before = asked(on).length
    expect((await judge(on)).outcome).toBe('allow')
    expect(asked(on).slice(before).filter((path) => statements.some(({ digest }) => path.includes(digest)))).toEqual([])
  })

  test('T16: a bundle that was moved counts for what it names, and for nothing else', async () => {
    const on = await world()
    await detached(on)
    const [amd64, arm64] = on.image.manifests as unknown as readonly [ImageObject, ImageObject]
    await attest(on, arm64, [amd64])
    await attest(on, on.image.index, [amd64])
    const { outcome, verdict } = await judge(on, { policy: demanding() })
    expect(outcome).toBe('deny')
    expect(verdict.reasons.filter(({ code }) => code === 'attestation-not-met').map(({ subject }) => subject)).toEqual([arm64.digest])
    await attest(on, arm64, [on.image.index])
    expect((await judge(on, { policy: demanding() })).outcome).toBe('allow')
  })

  test('T17: who signed it is proved, not said, and a statement of a stranger meets nothing', async () => {
    const on = await world()
    await detached(on)
    await attest(on, on.image.index, [on.image.index], { key: mallory })
    expect(await judge(on, { policy: demanding() })).toMatchObject({ outcome: 'deny', codes: ['attestation-not-met', 'attestation-not-met'] })
  })

  test('whose signature would not count attests nothing: a key outside of its window', async () => {
    const on = await world()
    await detached(on)
    await attest(on, on.image.index, [on.image.index], { key: mallory })
    const by = (window: object): Promise<Policy> => parsePolicy(JSON.stringify({
      version: 1,
      policies: [{ name: 'p', scopes: ['*'], signers: { alice: { keys: [{ key: alice.publicPem }] }, ci: { keys: [{ key: mallory.publicPem, ...window }] } }, require: { signatures: { from: ['alice'] }, attestations: [{ predicateType: PROVENANCE, from: ['ci'] }] } }],
    }))
    expect((await judge(on, { policy: by({}) })).outcome).toBe('allow')
    expect(await judge(on, { policy: by({ notAfter: '2026-01-01T00:00:00Z' }) })).toMatchObject({ outcome: 'deny', codes: ['attestation-not-met', 'attestation-not-met'] })
  })

  test('T23: of statements without end as many are tried as of signatures, and the rest makes it undecided', async () => {
    const on = await world()
    await detached(on)
    for (let n = 0; n < 65; n++) await attest(on, on.image.index, [on.image.index], { key: mallory, predicate: { n } })
    expect(await judge(on, { policy: demanding(), maxRequests: 1000 })).toMatchObject({ outcome: 'indeterminate', codes: ['too-many-signatures'] })
  })

  test('a place that holds attestations and fails: undecided where one is lacking, else only told', async () => {
    const on = await world()
    on.server.route(/\.att$/, lies.serverError(500))
    await detached(on)
    const policy = demanding()
    expect((await judge(on, { policy })).outcome).toBe('indeterminate')
    await attest(on, on.image.index, [on.image.index])
    expect((await judge(on, { policy })).outcome).toBe('allow')
  })
})
