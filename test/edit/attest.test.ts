import { describe, expect, test } from 'vitest'
import { base64Decode, utf8Decode, utf8Encode } from '../../src/base/bytes.ts'
import { attest, type AttestOptions, type AttestResult } from '../../src/edit/attest.ts'
import { instantTiming } from './clock.ts'
import { AT, bench, descriptorFor, NAME, REPOSITORY, signer, type Bench } from './fixture.ts'
import { judgedBy } from './judged.ts'

const REF = `${REPOSITORY}:v1`

async function attesting(at: Bench, options: Partial<AttestOptions> = {}): Promise<AttestResult> {
  return attest(REF, { source: at.source, signer: await signer(), predicate: utf8Encode('{"b":1.50,"a":[1]}'), type: 'https://example.com/p', at: AT, timing: instantTiming(), ...options })
}

interface Carrier {
  readonly layers: readonly [{ readonly digest: string }]
}

function statementOf(at: Bench, { attestation }: AttestResult): string {
  const { layers: [layer] } = at.json(attestation) as Carrier
  const bundle = JSON.parse(utf8Decode(at.store.blob(NAME, layer.digest) ?? new Uint8Array(0))) as { dsseEnvelope: { payload: string } }
  return utf8Decode(base64Decode(bundle.dsseEnvelope.payload))
}

describe.each([['referrers', {}], ['digest tag', { referrersApi: false }]] as const)('attest, in a registry with %s', (_, server) => {
  test('R10: it is found as an attestation of its signer, and is no signature', async () => {
    const [at, key] = [await bench(server), await signer()]
    const result = await attesting(at)
    expect(result).toMatchObject({ version: 1, reference: REF, predicateType: 'https://example.com/p', subject: { digest: at.image.index.digest, platform: null }, written: [{}] })
    expect(await judgedBy(at, [key], {}, { all: true })).toMatchObject({
      outcome: 'unsigned',
      attachments: [{ digest: result.attestation, type: 'https://example.com/p', subject: at.image.index.digest, standing: 'signed', by: 'statement' }],
    })
    expect(await judgedBy(at, [await signer(1)], {}, { all: true })).toMatchObject({ attachments: [{ standing: 'claimed' }] })
  })

  test('a platform', async () => {
    const at = await bench(server)
    const result = await attesting(at, { platform: 'linux/arm64' })
    expect(result.subject).toEqual({ digest: at.image.manifests[1]?.digest, platform: 'linux/arm64' })
    expect(statementOf(at, result)).toContain('"dev.sealdex/platform":"linux/arm64"')
  })

  test('the same again: it was there, and nothing is written', async () => {
    const at = await bench(server)
    for (const options of [{}, { type: 'custom' }, { platform: 'linux/arm64', annotations: { env: 'prod' }, expiresAt: AT + 600 }]) {
      const first = await attesting(at, options)
      expect(first.state).toBe('attested')
      at.requests.length = 0
      expect(await attesting(at, { ...options, at: AT + 60 })).toEqual({ ...first, state: 'already-attested', written: [], notes: [] })
      expect(at.requests.filter((line) => !/^(?:GET|HEAD) /.test(line))).toEqual([])
    }
  })

  test('anything else is another: the predicate, its type, what is signed along, the expiry, the subject, the key', async () => {
    const at = await bench(server)
    const first = await attesting(at)
    const others: readonly Partial<AttestOptions>[] = [{ predicate: utf8Encode('{"b":1.5,"a":[1]}') }, { type: 'https://example.com/q' }, { annotations: { a: 'b' } }, { expiresAt: AT + 60 }, { platform: 'linux/amd64' }, { signer: await signer(1) }]
    for (const options of others) expect((await attesting(at, options)).state).toBe('attested')
    expect(await attesting(at)).toMatchObject({ state: 'already-attested', attestation: first.attestation })
  })
})

test('a copy of the statement that the key did not sign keeps nobody from attesting', async () => {
  const at = await bench()
  const [mine, theirs] = [await signer(0), await signer(2)]
  const lying = { ...mine, sign: theirs.sign }
  await attesting(at, { signer: lying })
  expect((await attesting(at, { signer: mine })).state).toBe('attested')
})

test('what is written: the statement with the facts of W5, numbers as they stood, in a bundle as cosign writes it', async () => {
  const at = await bench()
  const result = await attesting(at, { annotations: { env: 'prod' } })
  const hex = at.image.index.digest.slice(7)
  expect(statementOf(at, result)).toBe(
    `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"${REPOSITORY}","digest":{"sha256":"${hex}"},"annotations":{"env":"prod","dev.sealdex/repository":"${REPOSITORY}","dev.sealdex/tag":"v1","dev.sealdex/signedAt":"2026-01-02T03:04:05Z"}}],` +
    '"predicateType":"https://example.com/p","predicate":{"b":1.50,"a":[1]}}',
  )
  const type = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  expect(at.json(result.attestation)).toMatchObject({
    artifactType: type, config: { mediaType: 'application/vnd.oci.empty.v1+json' }, layers: [{ mediaType: type }], subject: descriptorFor(at.image.index),
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': 'https://example.com/p', 'org.opencontainers.image.created': '2026-01-02T03:04:05Z' },
  })
})

describe('types', () => {
  test.each([
    ['slsaprovenance', 'https://slsa.dev/provenance/v0.2'], ['slsaprovenance1', 'https://slsa.dev/provenance/v1'], ['spdxjson', 'https://spdx.dev/Document'], ['cyclonedx', 'https://cyclonedx.org/bom'],
    ['vuln', 'https://cosign.sigstore.dev/attestation/vuln/v1'], ['openvex', 'https://openvex.dev/ns'], ['link', 'https://in-toto.io/Link/v1'],
  ])('%s is %s', async (type, uri) => {
    expect(await attesting(await bench(), { type })).toMatchObject({ predicateType: uri })
  })

  test('custom and spdx carry text', async () => {
    const at = await bench()
    const predicate = utf8Encode('SPDXVersion: SPDX-2.3\n')
    expect(statementOf(at, await attesting(at, { type: 'custom', predicate }))).toContain('"predicate":{"Data":"SPDXVersion: SPDX-2.3\\n","Timestamp":"2026-01-02T03:04:05Z"}')
    expect(statementOf(at, await attesting(at, { type: 'spdx', predicate }))).toContain('"predicate":{"Data":"SPDXVersion: SPDX-2.3\\n"}')
  })

  test.each([
    ['no URI', { type: 'provenance' }], ['a type of image signatures', { type: 'https://sigstore.dev/cosign/sign/v1' }], ['a predicate that is no JSON', { predicate: utf8Encode('{') }],
    ['a name twice', { predicate: utf8Encode('{"a":1,"a":2}') }], ['a fact of our own', { annotations: { 'dev.sealdex/role': 'list' } }],
  ] as const)('%s is refused, and nothing written', async (_, options) => {
    const at = await bench()
    await expect(attesting(at, options)).rejects.toMatchObject({ code: 'bad-option' })
    expect(at.requests.filter((line) => !/^(?:GET|HEAD) /.test(line))).toEqual([])
  })

  test('one that readers would not read is not written', async () => {
    await expect(attesting(await bench(), { predicate: utf8Encode(JSON.stringify('x'.repeat(800_000))) })).rejects.toMatchObject({ code: 'too-large' })
  })
})
