import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { attach, type AttachOptions, type AttachResult } from '../../src/edit/attach.ts'
import { digestTag } from '../../src/oci/place.ts'
import { instantTiming } from './clock.ts'
import { AT, bench, descriptorFor, NAME, putArtifact, REPOSITORY, signer, type Bench } from './fixture.ts'
import { judgedBy } from './judged.ts'

const OLD = { referrersApi: false } as const
const REF = `${REPOSITORY}:v1`
const SBOM = 'application/spdx+json'
const BOTH = [['a registry with a list of referrers', {}], ['a registry without one', OLD]] as const

function attaching(at: Bench, options: Partial<AttachOptions> = {}): Promise<AttachResult> {
  return attach(REF, { source: at.source, content: utf8Encode('{"spdxVersion":"SPDX-2.3"}'), artifactType: SBOM, title: 'sbom.spdx.json', timing: instantTiming(), at: AT, ...options })
}

describe.each(BOTH)('attach: %s', (_, server) => {
  test('a manifest that names the image, the same for the same file, found as a claim', async () => {
    const at = await bench(server)
    const result = await attaching(at)
    expect(result).toMatchObject({ version: 1, reference: REF, state: 'attached', signature: null, subject: { digest: at.image.index.digest, platform: null } })
    expect(at.json(result.artifact.digest)).toEqual({
      schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', artifactType: SBOM,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 },
      layers: [{ mediaType: SBOM, digest: result.artifact.blob, size: 26, annotations: { 'org.opencontainers.image.title': 'sbom.spdx.json' } }],
      subject: descriptorFor(at.image.index),
    })
    expect(await attaching(at)).toMatchObject({ state: 'already-attached', written: [], artifact: { digest: result.artifact.digest } })
    expect(await judgedBy(at, [await signer()], {}, { all: true })).toMatchObject({ attachments: [{ digest: result.artifact.digest, type: SBOM, subject: at.image.index.digest, standing: 'claimed' }] })
  })

  test('R5: signed with a key, it is more than a claim, and found without another place', async () => {
    const [at, key] = [await bench(server), await signer()]
    const result = await attaching(at, { signer: key })
    expect(result).toMatchObject({ state: 'attached', signature: 'signed' })
    expect(result.written).toHaveLength(2)
    const verdict = await judgedBy(at, [key], {}, { all: true })
    expect(verdict.attachments).toMatchObject([{ digest: result.artifact.digest, standing: 'signed', by: 'manifest' }])
    // and it says nothing of the image
    expect(verdict.outcome).toBe('unsigned')
    expect(await attaching(at, { signer: key })).toMatchObject({ state: 'already-attached', signature: 'already-signed', written: [] })
  })

  test('a platform: its manifest is the subject; one that fits several, or none, is refused', async () => {
    const at = await bench(server)
    const digest = at.image.manifests[1]?.digest
    const result = await attaching(at, { platform: 'linux/arm64' })
    expect(result.subject).toEqual({ digest, platform: 'linux/arm64' })
    expect(at.json(result.artifact.digest)).toMatchObject({ subject: { digest } })
    await expect(attaching(at, { platform: 'linux/s390x' })).rejects.toMatchObject({ code: 'no-such-platform' })
  })
})

describe('attach at the digest tag', () => {
  test('W2: entries of others, their order, unknown fields and numbers as they were written stay', async () => {
    const at = await bench(OLD)
    const other = await putArtifact(at.store, at.image.index)
    const tag = digestTag(at.image.index.digest)
    const entry = { ...descriptorFor(other), artifactType: 'text/spdx+json', annotations: { 'org.example/x': 'y' }, 'x-unknown': [1.5] }
    await at.put(tag, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [entry], 'x-top': { a: null } })
    const result = await attaching(at)
    expect(at.json(tag)).toEqual({
      schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', 'x-top': { a: null },
      manifests: [entry, { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: result.artifact.digest, size: expect.any(Number) as number, artifactType: SBOM }],
    })
    expect(result.notes.map(({ code }) => code)).toContain('others-kept')
    expect(at.store.manifest(NAME, 'v1')?.digest).toBe(at.image.index.digest)
  })
})

describe('what is refused', () => {
  test.each([
    ['a type that is none', { artifactType: 'sbom' }], ['a media type with a parameter', { mediaType: 'text/plain; charset=utf-8' }], ['a name with a folder', { title: '../x' }],
  ] as const)('%s', async (_, options) => {
    await expect(attaching(await bench(), options)).rejects.toMatchObject({ code: 'bad-option' })
  })

  test('content that is not what it was said to be', async () => {
    const at = await bench()
    const content = { digest: at.image.index.digest as never, size: 10, chunks: async function* () { yield utf8Encode('short') } }
    await expect(attaching(at, { content })).rejects.toMatchObject({ code: 'digest-mismatch' })
    expect(at.requests.filter((line) => line.startsWith('PUT') && line.includes('/manifests/'))).toEqual([])
  })
})
