import { describe, expect, it } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseIndex, readDocument } from '../../src/oci/document.ts'
import * as MEDIA from '../../src/oci/media.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const bytes = (document: object): Uint8Array => utf8Encode(JSON.stringify(document))
const config = { mediaType: MEDIA.ociConfig, digest: DIGEST, size: 2 }
const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [] }
const index = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [{ mediaType: MEDIA.ociManifest, digest: DIGEST, size: 400 }] }

describe('manifests and indexes (formats.md 2)', () => {
  it('the body says what it is, else its descriptor', () => {
    expect(readDocument(bytes(index), MEDIA.ociManifest).kind).toBe('index')
    const { mediaType: _, ...silent } = manifest
    expect(readDocument(bytes(silent), MEDIA.ociManifest).kind).toBe('manifest')
    expect(() => readDocument(bytes(silent), MEDIA.ociIndex)).toThrow()
    expect(() => readDocument(bytes(silent), null)).toThrow('mediaType is missing')
  })

  it('the artifact type is the field, else the config of an artifact', () => {
    expect(readDocument(bytes({ ...manifest, artifactType: 'a/b' }), null).artifactType).toBe('a/b')
    expect(readDocument(bytes({ ...manifest, config: { ...config, mediaType: 'c/d' } }), null).artifactType).toBe('c/d')
    expect(readDocument(bytes(manifest), null).artifactType).toBeNull()
  })

  it('a type that is not read is opaque, unless it lists manifests', () => {
    expect(readDocument(bytes({ schemaVersion: 1, fsLayers: [] }), 'application/vnd.docker.distribution.manifest.v1+json').kind).toBe('opaque')
    expect(() => readDocument(bytes({ mediaType: 'x/y', manifests: [] }), null)).toThrow('lists "manifests"')
  })

  it('parseIndex takes indexes only', () => {
    expect(parseIndex(bytes(index)).manifests).toHaveLength(1)
    expect(() => parseIndex(bytes(manifest))).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
  })

  it.each([
    ['no list', { ...index, manifests: {} }],
    ['a null list', { ...index, manifests: null }],
    ['another schema version', { ...index, schemaVersion: 1 }],
    ['a descriptor without size', { ...index, manifests: [{ mediaType: MEDIA.ociManifest, digest: DIGEST }] }],
    ['an annotation that is no text', { ...index, annotations: { a: 1 } }],
    ['a subject that is none', { ...index, subject: 'x' }],
  ])('refuses %s', (_, document) => {
    expect(() => parseIndex(bytes(document))).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
  })
})
