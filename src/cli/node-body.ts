import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import type { RegistryOptions } from '../index.ts'
import { handedOut } from './piece.ts'

type Body = NonNullable<Awaited<ReturnType<NonNullable<RegistryOptions['fetch']>>>['body']>

/** The rest of an answer that nobody wants is read up to here, so that its connection can be used again. */
const DRAINED_BYTES = 65_536
/** As many as Node's fetch takes off one another. */
const MOST_ENCODINGS = 5

/** The body, decoded, with the back pressure of whoever reads it. */
export function bodyOf(answer: IncomingMessage): Body {
  let next: (() => Promise<Uint8Array | null>) | null = null
  const cancel = async (): Promise<void> => {
    if (next === null && Number(answer.headers['content-length'] ?? Infinity) <= DRAINED_BYTES) drain(answer)
    else answer.destroy()
  }
  return {
    cancel,
    getReader() {
      const pieces = (next ??= piecesOf(decoded(answer), answer))
      return {
        async read() {
          const piece = await pieces()
          return piece === null ? { done: true } : { done: false, value: piece }
        },
        cancel,
      }
    },
  }
}

/** Each piece as it came in: a stream that is read in the usual way joins those that have come, and those are garbage then. Null after the last one. */
function piecesOf(stream: Readable, answer: IncomingMessage): () => Promise<Uint8Array | null> {
  const come: Uint8Array[] = []
  let end: { readonly error: Error | null } | null = null
  let wake = (): void => {}
  const ended = (error: Error | null): void => {
    end ??= { error }
    wake()
  }
  stream.on('data', (piece: Uint8Array) => {
    // a decoder cuts its pieces out of what it goes on writing to
    come.push(stream === answer ? handedOut(piece) : piece)
    stream.pause()
    wake()
  })
  stream.on('end', () => ended(null)).on('error', ended).on('close', () => ended(new Error('The body broke off.')))
  stream.pause()
  return async () => {
    if (come.length === 0 && end === null) {
      await new Promise<void>((resolve) => {
        wake = resolve
        stream.resume()
      })
    }
    const piece = come.shift()
    if (piece !== undefined) return piece
    if (end?.error != null) throw end.error
    return null
  }
}

/** Nobody waits for it, neither does the process. */
function drain(answer: IncomingMessage): void {
  answer.on('error', () => {})
  answer.socket.unref()
  answer.resume()
}

/** Without the encodings that a server put on although it was asked for none; what is not known, or too many, stays as it is and is no manifest. */
function decoded(answer: IncomingMessage): Readable {
  const encodings = (answer.headers['content-encoding'] ?? '').toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
  if (encodings.length === 0 || encodings.length > MOST_ENCODINGS) return answer
  const decoders = encodings.toReversed().map(decoderOf)
  if (!decoders.every((decoder) => decoder !== null)) return answer
  const { pipeline } = process.getBuiltinModule('node:stream')
  return decoders.reduce<Readable>((from, decoder) => pipeline(from, decoder, () => {}), answer)
}

function decoderOf(encoding: string): Transform | null {
  const { createBrotliDecompress, createGunzip, createInflate } = process.getBuiltinModule('node:zlib')
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'deflate') return createInflate()
  return encoding === 'br' ? createBrotliDecompress() : null
}
