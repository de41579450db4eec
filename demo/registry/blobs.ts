import type { Context } from 'hono'
import { RegistryError } from './errors.ts'
import { digestIn, notModified, repositoryIn, type Registry } from './registry.ts'

export function blobRoutes({ app, store }: Registry): void {
  const path = '/v2/:name{.+}/blobs/:digest'
  app.get(path, (context) => {
    const digest = digestIn(context)
    const bytes = store.blob(repositoryIn(context), digest)
    if (bytes === null) throw new RegistryError('BLOB_UNKNOWN', 'the blob is not there')
    return blobResponse(context, digest, bytes)
  })
  app.delete(path, (context) => {
    const digest = digestIn(context)
    if (!store.repositories.get(repositoryIn(context))?.blobs.delete(digest)) throw new RegistryError('BLOB_UNKNOWN', 'the blob is not there')
    return new Response(null, { status: 202 })
  })
}

function blobResponse(context: Context, digest: string, bytes: Uint8Array<ArrayBuffer>): Response {
  const headers: Record<string, string> = { 'Docker-Content-Digest': digest, ETag: `"${digest}"`, 'Accept-Ranges': 'bytes' }
  if (notModified(context, digest)) return new Response(null, { status: 304, headers })
  headers['Content-Type'] = 'application/octet-stream'
  const range = rangeIn(context.req.header('Range'), bytes.length)
  if (range === null) return new Response(bytes, { headers: { ...headers, 'Content-Length': String(bytes.length) } })
  const [start, end] = range
  return new Response(bytes.subarray(start, end + 1), {
    status: 206,
    headers: { ...headers, 'Content-Length': String(end - start + 1), 'Content-Range': `bytes ${start}-${end}/${bytes.length}` },
  })
}

/** First and last byte of a single range, null for none or several (the whole is then sent); throws 416 for one outside the blob. */
function rangeIn(header: string | undefined, size: number): readonly [number, number] | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return null
  const [, first = '', last = ''] = match
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start > end) {
    throw new RegistryError('SIZE_INVALID', 'the range is not in the blob', { status: 416, headers: { 'Content-Range': `bytes */${size}` } })
  }
  return [start, end]
}
