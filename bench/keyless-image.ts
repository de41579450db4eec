import { createHash } from 'node:crypto'
import { serveRegistry } from '../demo/registry/serve.ts'
import { buildImage, seedImage } from '../demo/images.ts'
import { loadTrustedRoot, parsePolicy, registry, verify } from '../src/index.ts'
import { makeCosignSignature } from '../test/sigstore/kit/cosign-sig.ts'
import { san } from '../test/sigstore/kit/fulcio.ts'
import { deploy, trustOf } from '../test/sigstore/kit/deployment.ts'
import { NOW } from '../test/sigstore/kit/window.ts'
import { median, us } from './compare.ts'

// An image with 50 keyless signatures at its `.sig` tag, the allowed one last: time and requests, against the same with the allowed one alone. Registry on loopback.
const COUNT = 50
const ISSUER = 'https://accounts.example.com'
const on = deploy('bench')
const trustedRoot = await loadTrustedRoot(JSON.stringify(trustOf(on)))
let requests = 0
const served = await serveRegistry({ onRequest: () => void (requests += 1) })

async function seeded(path: string, count: number): Promise<string> {
  const index = await seedImage(served.store, path, '1', await buildImage({ text: path }))
  const digest = typeof index === 'string' ? index : (served.store.manifest(path, '1')?.digest ?? '')
  const signatures = Array.from({ length: count }, (_, i) => makeCosignSignature(on, {
    digest, reference: `registry.example/${path}`, timestamp: true, optional: { n: String(i) },
    leaf: { names: [san.email(i === count - 1 ? 'release@example.com' : `someone${i}@example.com`)], issuer: ISSUER },
  }))
  const layers = await Promise.all(signatures.map(async ({ payload, annotations }) => {
    await served.store.putBlob(path, payload)
    return { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', digest: `sha256:${createHash('sha256').update(payload).digest('hex')}`, size: payload.length, annotations }
  }))
  const config = new TextEncoder().encode('{}')
  await served.store.putBlob(path, config)
  const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${createHash('sha256').update(config).digest('hex')}`, size: 2 }, layers }
  await served.store.putManifest(path, `${digest.replace(':', '-')}.sig`, new TextEncoder().encode(JSON.stringify(manifest)), manifest.mediaType)
  return `${served.host}/${path}:1`
}

const policy = await parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { release: { identity: 'release@example.com', issuer: ISSUER } } }] }))

async function figure(reference: string): Promise<{ readonly ms: number; readonly requests: number }> {
  const times: number[] = []
  for (let i = 0; i < 13; i++) {
    requests = 0
    const begun = performance.now()
    const { outcome } = await verify(reference, { source: registry(), policy, trustedRoot, at: new Date((NOW + 3_600) * 1000) })
    if (outcome !== 'allow') throw new Error(`${reference}: ${outcome}`)
    if (i > 2) times.push(performance.now() - begun)
  }
  return { ms: median(times), requests }
}

try {
  const [one, many] = [await figure(await seeded('demo/one', 1)), await figure(await seeded('demo/many', COUNT))]
  console.log(`1 keyless signature: ${us(one.ms)} in ${one.requests} requests`)
  console.log(`${COUNT} keyless signatures, the allowed one last: ${us(many.ms)} in ${many.requests} requests; ${us((many.ms - one.ms) / (COUNT - 1))} for each more`)
} finally {
  await served.close()
}
