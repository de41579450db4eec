import type { Context } from 'hono'
import { RegistryError } from './errors.ts'
import { algorithmOf, digestOf, isDigest } from './grammar.ts'
import { bodyOf, concat, repositoryIn, type Registry } from './registry.ts'

/** A blob lies in memory: more than a demo's or a test's layer needs, less than what would hurt. */
const MAX_BLOB_BYTES = 256 * 1024 * 1024
/** Uploads begun and never finished: the oldest goes. */
const MAX_UPLOADS = 256

interface Upload {
  readonly repository: string
  readonly chunks: Uint8Array[]
  size: number
}

type Uploads = Map<string, Upload>

export function uploadRoutes(registry: Registry): void {
  const { app } = registry
  const uploads: Uploads = new Map()
  const one = '/v2/:name{.+}/blobs/uploads/:id'
  app.post('/v2/:name{.+}/blobs/uploads/', (context) => begin(registry, uploads, context))
  app.post('/v2/:name{.+}/blobs/uploads', (context) => begin(registry, uploads, context))
  app.get(one, (context) => progress(context, 204, uploadIn(uploads, context)))
  app.patch(one, async (context) => {
    const upload = uploadIn(uploads, context)
    await append(context, upload)
    return progress(context, 202, upload)
  })
  app.put(one, (context) => finish(registry, uploads, context))
  app.delete(one, (context) => {
    uploadIn(uploads, context)
    uploads.delete(context.req.param('id'))
    return new Response(null, { status: 204 })
  })
}

/** POST: a mount, a whole blob in one request, or the begin of an upload. */
async function begin({ store }: Registry, uploads: Uploads, context: Context): Promise<Response> {
  const repository = repositoryIn(context)
  const mounted = mount(store.repositories, context)
  if (mounted !== null) {
    store.repository(repository).blobs.set(...mounted)
    return created(repository, mounted[0])
  }
  const digest = context.req.query('digest')
  if (digest !== undefined) {
    const bytes = await bodyOf(context, MAX_BLOB_BYTES)
    await requireDigest(bytes, digest)
    store.repository(repository).blobs.set(digest, bytes)
    return created(repository, digest)
  }
  const [oldest] = uploads.keys()
  if (oldest !== undefined && uploads.size >= MAX_UPLOADS) uploads.delete(oldest)
  const id = crypto.randomUUID()
  const upload: Upload = { repository, chunks: [], size: 0 }
  uploads.set(id, upload)
  return progress(context, 202, upload, id)
}

/** The blob to mount: out of the repository named by `from`, or out of any (the specification's anonymous mount). */
function mount(repositories: Registry['store']['repositories'], context: Context): [string, Uint8Array<ArrayBuffer>] | null {
  const digest = context.req.query('mount')
  const from = context.req.query('from')
  if (digest === undefined || !isDigest(digest)) return null
  const sources = from === undefined ? [...repositories.values()] : [repositories.get(from)]
  const bytes = sources.map((source) => source?.blobs.get(digest)).find((found) => found !== undefined)
  return bytes === undefined ? null : [digest, bytes]
}

function uploadIn(uploads: Uploads, context: Context): Upload {
  const upload = uploads.get(context.req.param('id') ?? '')
  if (upload?.repository !== repositoryIn(context)) throw new RegistryError('BLOB_UPLOAD_UNKNOWN', 'there is no such upload')
  return upload
}

/** Takes the body as the next chunk; throws 416 for one out of order. */
async function append(context: Context, upload: Upload): Promise<void> {
  const bytes = await bodyOf(context, MAX_BLOB_BYTES - upload.size)
  const range = context.req.header('Content-Range')
  const match = /^(\d+)-(\d+)$/.exec(range ?? '')
  const fits = range === undefined || (match !== null && Number(match[1]) === upload.size && Number(match[2]) === upload.size + bytes.length - 1)
  if (!fits) throw new RegistryError('BLOB_UPLOAD_INVALID', 'the chunk is not the next one', { status: 416, headers: positionOf(context, upload) })
  if (bytes.length > 0) upload.chunks.push(bytes)
  upload.size += bytes.length
}

async function finish({ store }: Registry, uploads: Uploads, context: Context): Promise<Response> {
  const upload = uploadIn(uploads, context)
  await append(context, upload)
  // right or wrong, the upload ends here
  uploads.delete(context.req.param('id') ?? '')
  const digest = context.req.query('digest') ?? ''
  const bytes = concat(upload.chunks, upload.size)
  await requireDigest(bytes, digest)
  store.repository(upload.repository).blobs.set(digest, bytes)
  return created(upload.repository, digest)
}

async function requireDigest(bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<void> {
  if (!isDigest(digest)) throw new RegistryError('DIGEST_INVALID', 'the digest is neither sha256 nor sha512 in lower-case hex')
  const actual = await digestOf(bytes, algorithmOf(digest))
  if (actual !== digest) throw new RegistryError('DIGEST_INVALID', `the bytes are ${actual}`)
}

function positionOf(context: Context, upload: Upload, id: string = context.req.param('id') ?? ''): Record<string, string> {
  return { Location: `/v2/${upload.repository}/blobs/uploads/${id}`, Range: `0-${Math.max(0, upload.size - 1)}` }
}

function progress(context: Context, status: number, upload: Upload, id?: string): Response {
  return new Response(null, { status, headers: positionOf(context, upload, id) })
}

function created(repository: string, digest: string): Response {
  return new Response(null, { status: 201, headers: { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest } })
}
