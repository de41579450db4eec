import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../../src/base/bytes.ts'
import { parseBundle } from '../../../src/sigstore/bundle.ts'
import type { SignedMaterial } from '../../../src/sigstore/material.ts'
import { keylessSigner } from '../../../src/sigstore/signing/keyless.ts'
import { readSigningConfig } from '../../../src/sigstore/signing/signing-config.ts'
import { annotationTexts, writeBundle } from '../../../src/sigstore/signing/write-material.ts'
import { readCosignMaterial } from '../../../src/sigstore/cosign-material.ts'
import type { TrustedRoot } from '../../../src/sigstore/trust.ts'
import { loadTrustedRoot } from '../../../src/sigstore/trusted-root.ts'
import { signingServices } from '../../../src/source/signing-services.ts'
import { verifyMaterial } from '../../../src/sigstore/verify-material.ts'
import { verifyBundle } from '../../../src/sigstore/verify-bundle.ts'
import { trustOf } from '../kit/deployment.ts'
import { GITHUB_CLAIMS } from '../kit/fulcio.ts'
import type { Json } from '../kit/json.ts'
import { NOW } from '../kit/window.ts'
import { rootOf, signerAt, type SignerChoices } from './keyless.ts'
import { configFor, EMAIL_CLAIMS, signingDoubles, tokenWith } from './services.ts'

const MESSAGE = utf8Encode('what is signed\n')
const STATEMENT = utf8Encode(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: [{ digest: { sha256: 'ab'.repeat(32) } }], predicateType: 'https://sigstore.dev/cosign/sign/v1', predicate: {} }))
const ADA = { identity: 'ada@example.com', issuer: 'https://accounts.example.com' }

const KINDS: readonly (readonly [string, SignerChoices])[] = [
  ['Rekor v2 with a timestamp', {}], ['Rekor v1', { rekor: [1], tsa: false }], ['Rekor v1 with a timestamp', { rekor: [1] }], ['a timestamp alone', { rekor: [] }],
]

describe('signed without a key, by doubles of the services', () => {
  test.each(KINDS)('%s: the annotations are read back and hold', async (_, choices) => {
    const services = signingDoubles('annotations')
    const { material } = await (await signerAt(services, choices)).signMessage(MESSAGE)
    const texts = annotationTexts(material)
    const read = readCosignMaterial(material.signature, { chain: null, ...texts })
    expect({ ...read, content: null, entries: [] }).toEqual({ ...material, content: null, entries: [] })
    const logs = choices.rekor?.length ?? 1
    const result = await verifyMaterial(read, MESSAGE, await rootOf(services), { at: NOW, identities: [ADA], strict: true, thresholds: { logs } })
    expect(result.entries).toHaveLength(logs)
    expect(result.timestamps).toHaveLength(choices.tsa === false ? 0 : 1)
  })

  test.each(KINDS)('%s: the bundles of a message and of an envelope are read back and hold', async (_, choices) => {
    const services = signingDoubles('bundles')
    const signer = await signerAt(services, choices)
    const [message, envelope] = [await signer.signMessage(MESSAGE), await signer.signEnvelope('application/vnd.in-toto+json', STATEMENT)]
    const root = await rootOf(services)
    const options = { at: new Date(NOW * 1000), identities: [ADA], thresholds: { logs: choices.rekor?.length ?? 1 } }
    for (const [{ material }, artifact] of [[message, MESSAGE], [envelope, `sha256:${'ab'.repeat(32)}`]] as const) {
      const text = writeBundle(material)
      expect(parseBundle(utf8Encode(text))).toEqual({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', ...material })
      expect((await verifyBundle(utf8Encode(text), artifact, root, options)).signer.kind).toBe('certificate')
    }
  })

  test('one certificate for all signatures of a run, and nothing is asked before the first', async () => {
    const services = signingDoubles('once')
    const signer = await signerAt(services)
    expect(services.posted).toEqual([])
    await Promise.all([signer.signMessage(MESSAGE), signer.signMessage(STATEMENT)])
    expect(services.posted.map(({ path }) => path).toSorted()).toEqual(['/fulcio/api/v2/signingCert', ...['/rekor2/api/v2/log/entries', '/tsa/api/v1/timestamp'].flatMap((path) => [path, path])])
  })

  test('the token goes to Fulcio alone', async () => {
    const services = signingDoubles('token')
    await (await signerAt(services)).signMessage(MESSAGE)
    const [, payload = ''] = tokenWith(EMAIL_CLAIMS).split('.')
    expect(services.posted.filter(({ body }) => body.includes(payload)).map(({ path }) => path)).toEqual(['/fulcio/api/v2/signingCert'])
  })

  test('a workflow\'s identity, with what GitHub says of it', async () => {
    const workflow = 'sealdex-test/demo/.github/workflows/release.yml@refs/heads/main'
    const services = signingDoubles('workflow', { leaf: { claims: GITHUB_CLAIMS } })
    const signer = await signerAt(services, { claims: { iss: 'https://token.actions.githubusercontent.com', sub: 'repo:sealdex-test/demo:ref:refs/heads/main', job_workflow_ref: workflow } })
    const { material } = await signer.signMessage(MESSAGE)
    const { signer: by } = await verifyMaterial(material, MESSAGE, await rootOf(services), { at: NOW })
    expect(by.kind === 'certificate' && by.identity).toMatchObject({ identity: `https://github.com/${workflow}`, kind: 'uri' })
    expect(by.kind === 'certificate' && by.identity.extensions.get('sourceRepositoryURI')).toBe('https://github.com/sealdex-test/demo')
  })

  test('a deployment without a CT log has certificates without its promise', async () => {
    const services = signingDoubles('no ct', { sct: false })
    const trust = trustOf(services.on, { ctLogs: [] })
    const { material } = await (await signerAt(services, { trust })).signMessage(MESSAGE)
    expect(material.timestamps).toHaveLength(1)
  })
})

describe('where a config asks for two logs and two authorities', () => {
  const [one, two] = [signingDoubles('one'), signingDoubles('two')]
  const trust = trustOf(one.on, { logs: [one.on.rekorV2, two.on.rekorV2], tsas: [one.on.tsa, two.on.tsa] })
  const both = (path: string, version: number): Json => ['', '/two'].map((prefix) => ({ url: `http://127.0.0.1:1${prefix}${path}`, majorApiVersion: version, validFor: { start: '2024-01-01T00:00:00Z' }, operator: `operator${prefix}` }))
  const config = { ...configFor(), rekorTlogUrls: both('/rekor2', 2), rekorTlogConfig: { selector: 'EXACT', count: 2 }, tsaUrls: both('/tsa/api/v1/timestamp', 1), tsaConfig: { selector: 'ALL' } }

  async function signed(): Promise<{ readonly material: SignedMaterial; readonly root: TrustedRoot }> {
    const root = await loadTrustedRoot(JSON.stringify(trust))
    const app = new Hono().route('/two', two.app).route('/', one.app)
    const services = signingServices({ fetch: async (url, init) => app.fetch(new Request(url, { ...init, duplex: 'half' } as RequestInit)) })
    const signer = keylessSigner({ identityToken: tokenWith(EMAIL_CLAIMS), signingConfig: readSigningConfig(JSON.stringify(config)), trustedRoot: root, services, at: NOW })
    return { material: (await signer.signMessage(MESSAGE)).material, root }
  }

  test('all of them vouch, in annotations and in a bundle', async () => {
    const { material, root } = await signed()
    const texts = annotationTexts(material)
    expect([...Object.keys(JSON.parse(texts.bundle ?? '') as object), ...Object.keys(JSON.parse(texts.timestamp ?? '') as object)]).toEqual(['tlogEntries', 'rfc3161Timestamps'])
    const read = readCosignMaterial(material.signature, { chain: null, ...texts })
    expect(read.entries).toEqual(material.entries)
    const result = await verifyMaterial(read, MESSAGE, root, { at: NOW, strict: true, thresholds: { logs: 2, authorities: 2 } })
    expect([result.entries.length, result.timestamps.length]).toEqual([2, 2])
    expect(parseBundle(utf8Encode(writeBundle(material)))).toMatchObject({ entries: material.entries, timestamps: material.timestamps })
  })

  test('one of them that lies is enough for an error', async () => {
    two.lies = { timestamp: { imprint: new Uint8Array(32) } }
    await expect(signed()).rejects.toMatchObject({ code: 'bad-timestamp' })
    two.lies = {}
  })
})
