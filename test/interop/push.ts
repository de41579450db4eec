/** Pushes objects byte for byte to a real registry, with nothing but fetch. */
import { buildImage } from '../../demo/images.ts'

export interface PushedObject {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export async function pushBlob(host: string, repository: string, digest: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const begun = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' })
  const location = begun.headers.get('location')
  if (begun.status !== 202 || location === null) throw new Error(`${host} begins no upload in ${repository}: ${begun.status}`)
  const url = new URL(location, begun.url)
  url.searchParams.set('digest', digest)
  const done = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body: bytes })
  if (done.status !== 201) throw new Error(`${host} refuses the blob ${digest} in ${repository}: ${done.status} ${await done.text()}`)
}

/** `name`: a tag or the digest. */
export async function pushManifest(host: string, repository: string, name: string, { bytes, mediaType }: PushedObject): Promise<void> {
  const done = await fetch(`http://${host}/v2/${repository}/manifests/${name}`, { method: 'PUT', headers: { 'content-type': mediaType }, body: bytes })
  if (done.status !== 201) throw new Error(`${host} refuses the manifest ${name} in ${repository}: ${done.status} ${await done.text()}`)
  await done.body?.cancel()
}

/** A new image of two platforms, unlike those under other names, at a tag. The digest of its index. */
export async function pushNewImage(host: string, repository: string, tag = 'v1'): Promise<string> {
  const { blobs, manifests, index } = await buildImage({ text: tag === 'v1' ? repository : `${repository}:${tag}` })
  for (const { digest, bytes } of blobs) await pushBlob(host, repository, digest, bytes)
  for (const manifest of manifests) await pushManifest(host, repository, manifest.digest, manifest)
  await pushManifest(host, repository, tag, index)
  return index.digest
}
