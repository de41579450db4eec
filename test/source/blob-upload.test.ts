import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { parseDigest } from '../../src/crypto/digest.ts'
import { contentOf, piecesOf, type BlobContent } from '../../src/source/blob-content.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import type { HostileRegistry } from '../hostile/registry/hostile.ts'
import * as lies from '../hostile/registry/lies.ts'
import { seeded } from './registry-fixture.ts'

const PIECE = LIMITS.uploadPieceBytes

/** Bytes that differ from place to place, read in pieces of an odd size. */
function content(size: number): BlobContent & { readonly bytes: Uint8Array<ArrayBuffer>; readonly readFrom: number[] } {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 255
  const readFrom: number[] = []
  return {
    bytes,
    readFrom,
    digest: parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`),
    size,
    async *chunks(from) {
      readFrom.push(from)
      for (let at = from; at < size; at += 1_000_003) yield bytes.subarray(at, at + 1_000_003)
    },
  }
}

function methods({ requests }: HostileRegistry): string {
  return requests.map(({ method }) => method).join(' ')
}

const isPatch = ({ method }: { readonly method: string }): boolean => method === 'PATCH'

describe('what is larger than one piece', () => {
  test('is sent in pieces, each with its range, and told as it goes', async () => {
    const [{ server, reference }, file] = [await seeded(), content(2 * PIECE + 5)]
    const told: number[] = []
    expect(await registry().putBlob(reference.repository, file, new Guard(), (sent) => told.push(sent))).toMatchObject({ state: 'written' })
    expect(methods(server)).toBe('HEAD POST PATCH PATCH PATCH PUT')
    expect(server.requests.filter(isPatch).map(({ headers }) => headers['content-range'])).toEqual([`0-${PIECE - 1}`, `${PIECE}-${2 * PIECE - 1}`, `${2 * PIECE}-${2 * PIECE + 4}`])
    expect(told).toEqual([PIECE, 2 * PIECE, 2 * PIECE + 5, 2 * PIECE + 5])
    expect(Buffer.compare(server.store.blob('demo/app', file.digest) ?? new Uint8Array(0), file.bytes)).toBe(0)
  })

  test.each([
    ['a broken connection', lies.reset], ['503', lies.serverError(503)], ['500', lies.serverError(500)],
  ] as const)('after %s it goes on from where the registry stopped, not from the start', async (_, lie) => {
    const [{ server, reference }, file] = [await seeded(), content(2 * PIECE + 5)]
    server.route(isPatch, lies.inTurn(lies.honest, lie, lies.honest))
    expect(await registry().putBlob(reference.repository, file, new Guard())).toMatchObject({ state: 'written' })
    expect(file.readFrom).toEqual([0, PIECE])
    expect(Buffer.compare(server.store.blob('demo/app', file.digest) ?? new Uint8Array(0), file.bytes)).toBe(0)
  })

  test('a piece that arrived although its answer did not is not sent twice', async () => {
    const [{ server, reference }, file] = [await seeded(), content(2 * PIECE + 5)]
    let turn = 0
    server.route(isPatch, async (_request, honest) => {
      const reply = await honest()
      return ++turn === 1 ? 'reset' : reply
    })
    expect(await registry().putBlob(reference.repository, file, new Guard())).toMatchObject({ state: 'written' })
    expect(server.requests.filter(isPatch)).toHaveLength(3)
    expect(Buffer.compare(server.store.blob('demo/app', file.digest) ?? new Uint8Array(0), file.bytes)).toBe(0)
  })

  test('a registry that lost the upload gets it anew', async () => {
    const [{ server, reference }, file] = [await seeded(), content(PIECE + 5)]
    server.route(isPatch, lies.inTurn(lies.honest, lies.failure(404, 'BLOB_UPLOAD_UNKNOWN'), lies.honest))
    server.route(({ method, path }) => method === 'GET' && path.includes('/blobs/uploads/'), lies.failure(404, 'BLOB_UPLOAD_UNKNOWN'))
    expect(await registry().putBlob(reference.repository, file, new Guard())).toMatchObject({ state: 'written' })
    expect(file.readFrom).toEqual([0, 0])
    expect(Buffer.compare(server.store.blob('demo/app', file.digest) ?? new Uint8Array(0), file.bytes)).toBe(0)
  })

  test.each([
    ['no room', lies.failure(507, 'DENIED'), 'refused', 'registry-full'],
    ['429 without an end', lies.tooManyRequests('3600'), 'failed', 'rate-limited'],
    ['401', { status: 401, headers: {}, body: '' }, 'refused', 'unauthorized'],
    ['never', lies.serverError(503), 'failed', 'registry-error'],
  ] as const)('%s is the end, and said', async (_, lie, state, code) => {
    const [{ server, reference }, file] = [await seeded(), content(PIECE + 5)]
    server.route(isPatch, lie)
    expect(await registry().putBlob(reference.repository, file, new Guard())).toMatchObject({ state, code })
    expect(server.store.blob('demo/app', file.digest)).toBeNull()
  })

  test('a piece as large as the registry wants it', async () => {
    const [{ server, reference }, file] = [await seeded(), content(2 * PIECE + 5)]
    server.route(({ method }) => method === 'POST', lies.withHeaders({ 'oci-chunk-min-length': String(2 * PIECE) }))
    expect(await registry().putBlob(reference.repository, file, new Guard())).toMatchObject({ state: 'written' })
    expect(server.requests.filter(isPatch)).toHaveLength(2)
  })
})

describe('what need not be sent', () => {
  test('it is there: one question', async () => {
    const [{ server, reference }, file] = [await seeded(), content(100)]
    await server.store.putBlob('demo/app', file.bytes)
    expect(await registry().putBlob(reference.repository, file, new Guard())).toMatchObject({ state: 'written' })
    expect(methods(server)).toBe('HEAD')
  })

  test('another repository has it: mounted', async () => {
    const [{ server, reference }, file] = [await seeded(), content(PIECE + 5)]
    await server.store.putBlob('other/place', file.bytes)
    expect(await registry().putBlob(reference.repository, file, new Guard())).toMatchObject({ state: 'written' })
    expect(methods(server)).toBe('HEAD POST')
    expect(file.readFrom).toEqual([])
  })

  test('a registry that mounts from named repositories only', async () => {
    const [{ server, reference }, file] = [await seeded(), content(100)]
    server.route(({ method, path }) => method === 'POST' && path.includes('mount='), lies.failure(400, 'UNSUPPORTED'))
    expect(await registry().putBlob(reference.repository, file, new Guard())).toMatchObject({ state: 'written' })
    expect(Buffer.compare(server.store.blob('demo/app', file.digest) ?? new Uint8Array(0), file.bytes)).toBe(0)
  })
})

describe('content that changes while it is read', () => {
  test.each([['shorter', 90], ['longer', 110]])('%s', async (_, size) => {
    const [{ server, reference }, file] = [await seeded(), content(100)]
    const other = content(size)
    const answer = await registry().putBlob(reference.repository, { ...file, chunks: (from) => other.chunks(from) }, new Guard())
    expect(answer.state).toBe(size > 100 ? 'written' : 'refused')
    expect(server.store.blob('demo/app', other.digest)).toBeNull()
  })

  test('nothing at all', async () => {
    const { reference } = await seeded()
    expect(await registry().putBlob(reference.repository, await contentOf(new Uint8Array(0)), new Guard())).toMatchObject({ state: 'written' })
  })

  test('pieces are exact, whatever the size of what is read', async () => {
    const file = content(2_500_000)
    const sizes: number[] = []
    for await (const piece of piecesOf(file, 17, 1_000_000)) sizes.push(piece.length)
    expect(sizes).toEqual([1_000_000, 1_000_000, 499_983])
    const small: string[] = []
    for await (const piece of piecesOf(await contentOf(utf8Encode('abc')), 0, 2)) small.push(new TextDecoder().decode(piece))
    expect(small).toEqual(['ab', 'c'])
  })
})
