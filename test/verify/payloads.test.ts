import { beforeAll, describe, expect, it } from 'vitest'
import { base64Encode, utf8Encode } from '../../src/base/bytes.ts'
import { identifyBytes } from '../../src/crypto/digest.ts'
import { generateKey, type Signer } from '../../src/crypto/private-key.ts'
import { writeSimpleSigning } from '../../src/envelope/simple-signing.ts'
import * as MEDIA from '../../src/oci/media.ts'
import { policyFromOptions } from '../../src/policy/from-options.ts'
import { memorySource } from '../../src/source/memory.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { d } from './model.ts'

describe('R4: the signed bytes of a signature in annotations', () => {
  let signer: Signer
  let publicPem: string
  beforeAll(async () => {
    ({ signer, publicPem } = await generateKey())
  })

  interface Setting {
    /** The name that was signed under, and what stands beside the signature. */
    readonly name: string
    readonly stored?: Uint8Array
    readonly reference?: string
    readonly signedRepository?: string
    readonly given?: Uint8Array<ArrayBuffer>
    readonly about?: string
  }

  async function judged({ name, stored, reference = 'registry.example/app:1', signedRepository, given, about = 'a' }: Setting): Promise<Verdict> {
    const signature = base64Encode(await signer.sign(writeSimpleSigning(d(about), name)))
    const annotations = { 'dev.cosignproject.cosign/signature': signature, ...(stored === undefined ? {} : { 'dev.sealdex/payload': base64Encode(stored) }) }
    const entry = (digest: string, extra: object): object => ({ mediaType: MEDIA.ociManifest, digest, size: 400, platform: { os: 'linux', architecture: 'amd64' }, ...extra })
    const index = utf8Encode(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [entry(d('a'), { annotations })] }))
    const source = await memorySource({ manifests: [index], tags: { '1': (await identifyBytes(index)).digest } })
    const policy = policyFromOptions({ keys: [publicPem], ...(signedRepository === undefined ? {} : { signedRepository }) })
    return verify(reference, { source, policy, ...(given === undefined ? {} : { payloads: [given] }) })
  }
  const outcome = async (setting: Setting): Promise<string> => {
    const verdict = await judged(setting)
    const signature = verdict.subjects.find(({ role }) => role === 'image')?.signatures[0]
    return `${verdict.outcome} ${signature?.state ?? ''} ${signature?.code ?? ''}`.trim()
  }

  it('the payload stored beside it', async () => {
    const name = 'elsewhere.example/x'
    expect(await outcome({ name, stored: writeSimpleSigning(d('a'), name) })).toBe('allow accepted')
  })

  it('payloads that the caller gave', async () => {
    const name = 'elsewhere.example/x'
    expect(await outcome({ name, given: writeSimpleSigning(d('a'), name) })).toBe('allow accepted')
  })

  it('rebuilt from the repository, without and with the tag', async () => {
    expect(await outcome({ name: 'registry.example/app' })).toBe('allow accepted')
    expect(await outcome({ name: 'registry.example/app:1' })).toBe('allow accepted')
    expect(await outcome({ name: 'registry.example/app:2' })).toBe('deny untrusted payload-unknown')
  })

  it('for docker.io also as cosign writes it', async () => {
    for (const name of ['docker.io/library/alpine', 'index.docker.io/library/alpine', 'index.docker.io/library/alpine:1']) {
      expect(await outcome({ name, reference: 'alpine:1' }), name).toBe('allow accepted')
    }
  })

  it('--signed-repository names another, which is then required too', async () => {
    expect(await outcome({ name: 'old.example/app' })).toBe('deny untrusted payload-unknown')
    expect(await outcome({ name: 'old.example/app', signedRepository: 'old.example/app' })).toBe('allow accepted')
    expect(await outcome({ name: 'registry.example/app', signedRepository: 'old.example/app' })).toBe('deny accepted')
  })

  it('a stored payload that does not help hides nothing: the rebuilt ones are tried after it', async () => {
    expect(await outcome({ name: 'registry.example/app', stored: writeSimpleSigning(d('a'), 'wrong.example/x') })).toBe('allow accepted')
  })

  it('only bytes that verified are reported as signed', async () => {
    const [accepted, unknown] = [await judged({ name: 'registry.example/app' }), await judged({ name: 'x.example/y', stored: writeSimpleSigning(d('a'), 'liar.example/z') })]
    const signed = (verdict: Verdict): unknown => verdict.subjects.find(({ role }) => role === 'image')?.signatures[0]?.signed
    expect(signed(accepted)).toMatchObject({ digest: d('a'), repository: 'registry.example/app' })
    expect(signed(unknown)).toBeNull()
  })

  it('found beside A, naming B: a mismatch where a stored payload proves it, else nobody knows', async () => {
    const stored = writeSimpleSigning(d('b'), 'registry.example/app')
    expect(await outcome({ name: 'registry.example/app', about: 'b', stored })).toBe('deny mismatch other-digest')
    expect(await outcome({ name: 'registry.example/app', about: 'b' })).toBe('deny untrusted payload-unknown')
  })
})
