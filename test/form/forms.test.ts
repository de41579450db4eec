import { describe, expect, it } from 'vitest'
import { base64Encode, utf8Encode } from '../../src/base/bytes.ts'
import { signaturesInIndex } from '../../src/form/forms.ts'
import type { FoundSignature } from '../../src/form/found.ts'
import { readDocument, type ImageIndex } from '../../src/oci/document.ts'
import * as MEDIA from '../../src/oci/media.ts'
import { d } from '../verify/model.ts'

const KEY = 'dev.cosignproject.cosign/signature'
const text = (value: string): string => base64Encode(utf8Encode(value))

function found(annotations: Record<string, string>, top: Record<string, string> = {}): readonly FoundSignature[] {
  const manifests = [{ mediaType: MEDIA.ociManifest, digest: d('a'), size: 400, platform: { os: 'linux', architecture: 'amd64' }, annotations }]
  const index = readDocument(utf8Encode(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests, annotations: top })), null) as ImageIndex
  return signaturesInIndex(index)
}

const brief = (list: readonly FoundSignature[]): string[] => list.map((one) => `${one.form} ${one.kind === 'unreadable' ? `${one.state} ${one.code}` : one.kind}`)

describe('R3: every written form of a signed index', () => {
  it('nothing is nothing', () => {
    expect(found({})).toEqual([])
    expect(found({ [`${KEY}x`]: text('s'), 'org.opencontainers.signatures.index': KEY })).toEqual([])
  })

  it('plain, integers with gaps, hashes, other suffixes', () => {
    const list = found({ [KEY]: text('s'), [`${KEY}.3`]: text('t'), [`${KEY}.11`]: text('u'), [`${KEY}.0a1b2c3`]: text('v'), [`${KEY}.x-y`]: text('w') })
    expect(brief(list)).toEqual(['plain simple-signing', 'integer-suffix simple-signing', 'integer-suffix simple-signing', 'hash-suffix simple-signing', 'other-suffix simple-signing'])
  })

  it('the listing annotation proves nothing and adds nothing', () => {
    expect(found({ 'org.opencontainers.signatures.index': `${KEY}.0a1b2c3,${KEY}.1a1b2c3`, [`${KEY}.0a1b2c3`]: text('s') })).toHaveLength(1)
  })

  it('what belongs together: the same suffix first, else what has no signature of its own', () => {
    const [a, b] = found({ [`${KEY}.1`]: text('s'), 'dev.sealdex/payload.1': text('p1'), [`${KEY}.2`]: text('t'), 'dev.sealdex/payload.0a1b2c3': text('loose') })
    expect(a).toMatchObject({ payloads: [utf8Encode('p1')] })
    expect(b).toMatchObject({ payloads: [utf8Encode('loose')] })
  })

  it('a hint is the key annotation, or a hash suffix', () => {
    const [hinted] = found({ [`${KEY}.78bd5b1965ad`]: text('s'), 'dev.sealdex/key.78bd5b1965ad': base64Encode(new Uint8Array(32).fill(7)) })
    expect(hinted).toMatchObject({ keyHints: ['07'.repeat(32), '78bd5b1965ad'] })
  })

  it('a certificate beside it is kept: made without a key', () => {
    expect(found({ [KEY]: text('s'), 'dev.sigstore.cosign/certificate': 'PEM' })[0]).toMatchObject({ material: { certificates: ['PEM'] } })
  })

  it.each([['empty', ''], ['no base64', '%%'], ['loose bits', 'YQ=='.replace('Q', 'R')], ['blanks', ' YQ==']])('broken is told, not dropped: %s', (_, signature) => {
    expect(brief(found({ [KEY]: signature }))).toEqual(['plain invalid malformed-signature'])
  })

  it('the generic spelling, and a vendor that is not known', () => {
    expect(brief(found({ [`sign.${KEY}.0`]: text('s'), 'sign.com.example/signature.0': text('t'), 'sign.com.example/other.0': 'x' }))).toEqual(['generic simple-signing', 'generic unsupported form-unsupported'])
  })

  it('the JSON list, its broken and its foreign entries', () => {
    const list = JSON.stringify([{ name: 'dev.cosignproject.cosign', signature: text('s') }, { signature: text('t') }, { name: 'other', signature: text('u') }, 7, { signature: 3 }])
    expect(brief(found({ 'org.opencontainers.signature': list }))).toEqual(['json-list simple-signing', 'json-list simple-signing', 'json-list unsupported form-unsupported', 'json-list invalid malformed-signature', 'json-list invalid malformed-signature'])
    for (const broken of ['', '{}', '[', '[{"signature":"a","signature":"b"}]']) expect(brief(found({ 'org.opencontainers.signature': broken }))).toEqual(['json-list invalid malformed-signature'])
  })

  it('the inline SSH descriptor, 0.2 on the descriptor and 0.1 on the index', () => {
    const fields = (version: string, suffix: string, type = 'ssh'): Record<string, string> => Object.fromEntries(Object.entries({ version, type, identity: 'me', descriptor: text('{}'), data: text('sig') }).map(([name, value]) => [`org.notaryproject.signature.${name}${suffix}`, value]))
    expect(brief(found(fields('0.2', '')))).toEqual(['ssh-inline ssh-descriptor'])
    expect(brief(found({}, fields('0.1', `.${d('a')}`)))).toEqual(['ssh-inline ssh-descriptor'])
    expect(found({}, fields('0.1', `.${d('elsewhere')}`))[0]?.beside).toMatchObject({ digest: d('elsewhere'), size: null })
    expect(brief(found(fields('0.3', '')))).toEqual(['ssh-inline unsupported form-unsupported'])
    expect(brief(found(fields('0.2', '', 'x509')))).toEqual(['ssh-inline unsupported form-unsupported'])
    expect(brief(found({ ...fields('0.2', ''), 'org.notaryproject.signature.data': '%' }))).toEqual(['ssh-inline invalid malformed-signature'])
  })
})
