import { describe, expect, it } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { identifyBytes, type VerifiedBytes } from '../../src/crypto/digest.ts'
import * as MEDIA from '../../src/oci/media.ts'
import { documentOf } from '../../src/verify/remembered.ts'

const config = { mediaType: MEDIA.ociConfig, digest: `sha256:${'a'.repeat(64)}`, size: 2 }
const object = (document: object): Promise<VerifiedBytes> => identifyBytes(utf8Encode(JSON.stringify(document)))

describe('documents that were read before', () => {
  it('are not read again, by their digest', async () => {
    const index = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [], annotations: { a: 'once' } }
    expect(documentOf(await object(index), null)).toBe(documentOf(await object(index), null))
    expect(documentOf(await object({ ...index, annotations: { a: 'other' } }), null)).not.toBe(documentOf(await object(index), null))
  })

  it('the claimed type is part of what was read: a body without one is what its descriptor says', async () => {
    const silent = await object({ schemaVersion: 2, config, layers: [] })
    expect(documentOf(silent, MEDIA.ociManifest).mediaType).toBe(MEDIA.ociManifest)
    expect(documentOf(silent, MEDIA.dockerManifest).mediaType).toBe(MEDIA.dockerManifest)
    expect(() => documentOf(silent, null)).toThrow('mediaType is missing')
  })

  it('what is broken is broken each time', async () => {
    const broken = await object({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [], layers: [] })
    for (let i = 0; i < 2; i++) expect(() => documentOf(broken, null)).toThrow('at once')
  })

  it('have an end: the least recently used goes, and large ones are never kept', async () => {
    const numbered = (n: number): Promise<VerifiedBytes> => object({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [], annotations: { n: String(n) } })
    const first = documentOf(await numbered(0), null)
    for (let n = 1; n < LIMITS.rememberedDocuments; n++) documentOf(await numbered(n), null)
    expect(documentOf(await numbered(0), null)).toBe(first)
    for (let n = 0; n < LIMITS.rememberedDocuments; n++) documentOf(await numbered(1_000 + n), null)
    expect(documentOf(await numbered(0), null)).not.toBe(first)
    const large = await object({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [], annotations: { x: 'x'.repeat(LIMITS.rememberedBytes) } })
    expect(documentOf(large, null)).not.toBe(documentOf(large, null))
  })
})
