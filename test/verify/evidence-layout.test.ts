import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, seedImage } from '../../demo/images.ts'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { utf8Encode } from '../../src/base/bytes.ts'
import { generateKey } from '../../src/crypto/private-key.ts'
import { sign } from '../../src/edit/sign.ts'
import { policyFromKeys } from '../../src/policy/from-options.ts'
import { registry } from '../../src/source/registry.ts'
import { collectEvidence, openEvidence, type Evidence } from '../../src/verify/evidence.ts'
import { verify } from '../../src/verify/verify.ts'

describe('E1: evidence travels as an OCI image layout', () => {
  let server: Awaited<ReturnType<typeof serveRegistry>>
  let evidence: Evidence
  let publicPem: string
  let layers: readonly string[]
  const reference = (): string => `${server.host}/demo/app:1`

  beforeAll(async () => {
    server = await serveRegistry({ referrersApi: true })
    const image = await buildImage({})
    await seedImage(server.store, 'demo/app', '1', image)
    layers = image.manifests.flatMap(({ bytes }) => (JSON.parse(new TextDecoder().decode(bytes)) as { layers: { digest: string }[] }).layers.map(({ digest }) => digest.slice(7)))
    const key = await generateKey()
    publicPem = key.publicPem
    await sign(reference(), { source: registry(), signer: key.signer })
    evidence = await collectEvidence(reference(), { source: registry() })
  })
  afterAll(() => server.close())

  it('has what every layout has, and no layer of the image', () => {
    expect(JSON.parse(new TextDecoder().decode(evidence.files.get('oci-layout')))).toEqual({ imageLayoutVersion: '1.0.0' })
    const index = JSON.parse(new TextDecoder().decode(evidence.files.get('index.json'))) as { schemaVersion: number; mediaType: string; manifests: { annotations?: Record<string, string> }[] }
    expect(index).toMatchObject({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' })
    expect(index.manifests.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'])).toContain('1')
    expect(layers.length).toBeGreaterThan(0)
    for (const layer of layers) expect([...evidence.files.keys()]).not.toContain(`blobs/sha256/${layer}`)
  })

  it('is the same tar for the same record', () => {
    expect(evidence.tar()).toEqual(evidence.tar())
  })

  it('is a whole repository to whoever does not know the marks: the same image, the same signature', async () => {
    const index = JSON.parse(new TextDecoder().decode(evidence.files.get('index.json'))) as { annotations?: unknown; manifests: { annotations?: Record<string, string> }[] }
    delete index.annotations
    for (const entry of index.manifests) if (entry.annotations !== undefined) delete entry.annotations['dev.sealdex/listed']
    const files = new Map(evidence.files).set('index.json', utf8Encode(JSON.stringify(index)))
    const verdict = await verify(reference(), { source: await openEvidence(files), policy: policyFromKeys([publicPem]) })
    expect(verdict).toMatchObject({ outcome: 'allow', digest: evidence.digest })
  })
})
