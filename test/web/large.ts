import { base64Encode, utf8Encode } from '../../src/base/bytes.ts'
import { digestOf } from '../../src/crypto/digest.ts'
import { writeSimpleSigning } from '../../src/envelope/simple-signing.ts'
import { generateKey } from '../../src/index.ts'

export interface LargeIndex {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly manifest: Uint8Array<ArrayBuffer>
  readonly digest: string
  /** Of the key whose one signature is among them. */
  readonly publicPem: string
}

/** An index of just under 4 MiB, as much as registries take, with 2,700 signatures by strangers and one by the key: each with its payload, so that each is tried at full cost. */
export async function largeIndex(repository: string, signatures = 2_700, size = 4_190_000): Promise<LargeIndex> {
  const manifest = utf8Encode(JSON.stringify({
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: await digestOf(utf8Encode('{}')), size: 2 }, layers: [],
  }))
  const digest = await digestOf(manifest)
  const [{ signer: stranger }, { signer, publicPem }] = await Promise.all([generateKey(), generateKey()])
  const annotations: [string, string][] = []
  for (let i = 0; i <= signatures; i++) {
    const payload = writeSimpleSigning(digest, `${repository}${i === 0 ? '' : i}`)
    const signature = base64Encode(await (i === 0 ? signer : stranger).sign(payload))
    const suffix = `.${(await digestOf(utf8Encode(signature))).slice(7, 23)}`
    annotations.push([`dev.cosignproject.cosign/signature${suffix}`, signature], [`dev.sealdex/payload${suffix}`, base64Encode(payload)])
  }
  const write = (filler: string): Uint8Array<ArrayBuffer> => utf8Encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: manifest.length, platform: { os: 'linux', architecture: 'amd64' }, annotations: Object.fromEntries(annotations) }],
    annotations: { 'example.filler': filler },
  }))
  return { digest, bytes: write('x'.repeat(size - write('').length)), manifest, publicPem }
}
