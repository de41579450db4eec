import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import type { Signer } from '../../src/crypto/private-key.ts'
import { attach } from '../../src/edit/attach.ts'
import { attest } from '../../src/edit/attest.ts'
import { prune, type PruneOptions, type PruneResult } from '../../src/edit/prune.ts'
import { digestTag } from '../../src/oci/place.ts'
import { instantTiming } from './clock.ts'
import { acceptedKeys, AT, bench, descriptorFor, NAME, putArtifact, REPOSITORY, signer, type Bench } from './fixture.ts'
import { judgedBy, policyOf } from './judged.ts'

const OLD = { referrersApi: false } as const
const REF = `${REPOSITORY}:v1`

function pruning(at: Bench, keys: readonly Signer[], options: Partial<PruneOptions> = {}): Promise<PruneResult> {
  return prune(REF, { source: at.source, timing: instantTiming(), at: new Date(AT * 1000), ...(keys.length > 0 && { policy: policyOf(keys) }), ...options })
}

function attesting(at: Bench, key: Signer, type = 'https://example.com/p'): ReturnType<typeof attest> {
  return attest(REF, { source: at.source, signer: key, predicate: utf8Encode('{}'), type, at: AT, timing: instantTiming() })
}

const whys = ({ removed }: PruneResult): readonly string[] => removed.map(({ kind, why }) => `${kind} ${why}`).sort()

/** Signed by a friend, by a friend once and expired, by a stranger; attested by both; an SBOM of nobody's. */
async function crowded(server: object): Promise<{ readonly at: Bench; readonly friend: Signer; readonly stranger: Signer; readonly sbom: string }> {
  const [at, friend, stranger] = [await bench(server), await signer(), await signer(1)]
  await at.sign(friend, { at: AT - 100, expiresAt: AT - 50, annotations: { old: 'yes' } })
  await at.sign(friend)
  await at.sign(stranger)
  await attesting(at, friend)
  await attesting(at, stranger)
  const sbom = await attach(REF, { source: at.source, content: utf8Encode('sbom'), artifactType: 'text/spdx', timing: instantTiming() })
  return { at, friend, stranger, sbom: sbom.artifact.digest }
}

describe.each([['referrers', {}, 'referrer'], ['digest tag', OLD, 'signature']] as const)('prune, in a registry with %s', (_, server, kind) => {
  test('what is expired or by strangers goes; everything else stays', async () => {
    const { at, friend, stranger, sbom } = await crowded(server)
    const result = await pruning(at, [friend])
    expect(whys(result)).toEqual([`${kind} expired`, `${kind} untrusted`, 'referrer untrusted'].sort())
    expect(result.kept).toEqual([])
    expect(await judgedBy(at, [friend])).toMatchObject({ outcome: 'allow' })
    const after = await judgedBy(at, [friend, stranger], {}, { all: true })
    expect(after.subjects.flatMap(({ signatures }) => signatures.map(({ state, signer: name }) => `${state} ${name ?? ''}`))).toEqual(['accepted signer0'])
    expect(after.attachments.map(({ type, standing }) => `${type} ${standing}`).sort()).toEqual(['https://example.com/p signed', 'text/spdx claimed'])
    expect(at.store.manifest(NAME, sbom)).not.toBeNull()
    expect(await pruning(at, [friend])).toMatchObject({ removed: [], written: [] })
  })

  test('a dry run says the same and writes nothing', async () => {
    const { at, friend } = await crowded(server)
    const before = [...at.store.repository(NAME).manifests.keys()]
    at.requests.length = 0
    const dry = await pruning(at, [friend], { dryRun: true })
    expect(at.requests.filter((line) => !/^(?:GET|HEAD) /.test(line))).toEqual([])
    expect([...at.store.repository(NAME).manifests.keys()]).toEqual(before)
    expect((await pruning(at, [friend])).removed).toEqual(dry.removed)
  })

  test('nobody is named: nobody is a stranger', async () => {
    const { at } = await crowded(server)
    expect(await pruning(at, [])).toMatchObject({ removed: [], kept: [], written: [] })
  })

  test('a policy that names nobody for this repository removes nothing', async () => {
    const { at } = await crowded(server)
    const { parsePolicy } = await import('../../src/policy/parse.ts')
    const reject = parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], reject: true }] }))
    await expect(pruning(at, [], { policy: reject })).rejects.toMatchObject({ code: 'no-scope' })
  })

  test('what could not be judged stays, and is told: a signature without its payload', async () => {
    const [at, friend] = [await bench(server), await signer()]
    await at.put(digestTag(at.image.index.digest), {
      schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ ...descriptorFor(at.image.index), annotations: { 'dev.cosignproject.cosign/signature': 'AAAA' } }],
    })
    expect(await pruning(at, [friend])).toMatchObject({ removed: [] })
  })
})

describe('prune at the digest tag', () => {
  test('W2: entries, fields and annotations of others stay as they are; a tombstone names what went', async () => {
    const [at, friend, stranger] = [await bench(OLD), await signer(), await signer(1)]
    const other = await putArtifact(at.store, at.image.index)
    const tag = digestTag(at.image.index.digest)
    const entry = { ...descriptorFor(other), 'x-unknown': [1.50], annotations: { 'org.example/a': 'b' } }
    await at.put(tag, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [entry, { ...descriptorFor(at.image.index), annotations: { 'org.example/kept': 'yes' } }], 'x-top': 1 })
    await at.sign(friend)
    await at.sign(stranger)
    await pruning(at, [friend])
    const after = at.json(tag) as { manifests: { annotations: Record<string, string> }[] }
    expect(after).toMatchObject({ 'x-top': 1, manifests: [entry, { annotations: { 'org.example/kept': 'yes' } }] })
    expect(Object.keys(after.manifests[1]?.annotations ?? {}).filter((name) => name.startsWith('dev.sealdex/removed.'))).toHaveLength(1)
    expect(await acceptedKeys(at.index(tag), at.image.index.digest, [friend, stranger])).toEqual(new Set([friend.publicKey.keyId]))
  })

  test('tombstoned: what another tool put back goes again, whoever is named', async () => {
    const [at, friend] = [await bench(OLD), await signer()]
    await at.sign(friend)
    const tag = digestTag(at.image.index.digest)
    const first = at.json(tag) as { manifests: { annotations: Record<string, string> }[] }
    await at.sign(friend, { renew: true, at: AT + 1 })
    const now = at.json(tag) as typeof first
    Object.assign(now.manifests[0]?.annotations ?? {}, first.manifests[0]?.annotations)
    await at.put(tag, now)
    expect(whys(await pruning(at, []))).toEqual(['signature tombstoned'])
    expect(await judgedBy(at, [friend])).toMatchObject({ outcome: 'allow' })
  })

  test('where nothing may be deleted, nothing names it any more, and that is said', async () => {
    const { at, friend } = await crowded(OLD)
    const source = { ...at.source, deleteManifest: async () => ({ state: 'refused', code: 'delete-refused', message: 'The registry answered 405.' }) as const }
    const result = await pruning(at, [friend], { source })
    expect(result).toMatchObject({ kept: [], notes: [{ code: 'delete-refused' }] })
    expect(whys(result)).toContain('referrer untrusted')
    expect(await pruning(at, [friend], { source })).toMatchObject({ removed: [] })
  })
})

describe('prune in a list of referrers', () => {
  test('where nothing may be deleted, it stays, and that is said', async () => {
    const { at, friend } = await crowded({})
    const source = { ...at.source, deleteManifest: async () => ({ state: 'refused', code: 'delete-refused', message: 'The registry answered 405.' }) as const }
    const result = await pruning(at, [friend], { source })
    expect(result.removed).toEqual([])
    expect(result.kept.map(({ code }) => code)).toEqual(['delete-refused', 'delete-refused', 'delete-refused'])
  })

  test('an object that carries others\' signatures too goes only as a whole, so it stays', async () => {
    const [at, friend, stranger] = [await bench({}), await signer(), await signer(1)]
    const [a, b] = [(await at.sign(friend)).written[0]?.digest ?? '', (await at.sign(stranger)).written[0]?.digest ?? '']
    const both = { ...(at.json(a) as object), manifests: [a, b].flatMap((digest) => (at.json(digest) as { manifests: object[] }).manifests) }
    for (const digest of [a, b]) at.store.repository(NAME).manifests.delete(digest)
    const digest = await at.put('both', both)
    expect(await pruning(at, [friend])).toMatchObject({ removed: [], kept: [{ digest, code: 'others-kept' }] })
  })

  test('what the image itself consists of is never deleted, whatever it says', async () => {
    const [at, friend] = [await bench({}), await signer()]
    const lying: typeof at.source = { ...at.source, referrers: async () => ({ state: 'read', value: at.index('v1').manifests }) }
    expect(await pruning(at, [friend], { source: lying })).toMatchObject({ removed: [] })
    expect(at.image.manifests.every(({ digest }) => at.store.manifest(NAME, digest) !== null)).toBe(true)
  })

  test('an attestation by cosign of another key goes, its own stays', async () => {
    const [at, friend, stranger] = [await bench({}), await signer(), await signer(1)]
    const [own, theirs] = [(await attesting(at, friend)).attestation, (await attesting(at, stranger)).attestation]
    expect(await pruning(at, [friend])).toMatchObject({ removed: [{ kind: 'referrer', digest: theirs, why: 'untrusted' }] })
    expect(at.store.manifest(NAME, own)).not.toBeNull()
  })
})
