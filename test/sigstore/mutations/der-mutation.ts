import { concatBytes } from '../../../src/base/bytes.ts'
import { readDer, writeDer, type DerNode } from '../../../src/base/der.ts'
import type { Bytes } from '../kit/der.ts'
import type { Random } from '../kit/random.ts'
import { flipBit, negateS } from './bytes.ts'

/** A change inside a DER structure, the lengths around it made right again, so that it gets past the reader. */
export interface DerMutation {
  readonly op: string
  /** Positions from the outermost element in, or tags where they tell more; `'` goes into the DER inside a string. */
  readonly path: string
  readonly bytes: Bytes
}

interface Element {
  readonly node: DerNode
  readonly path: string
  /** The whole structure with other bytes instead of this element. */
  readonly put: (bytes: Uint8Array) => Bytes
}

/** DER that stands inside of an OCTET STRING or BIT STRING, with what stands before it there. */
function wrapped(node: DerNode): { readonly inner: DerNode, readonly before: Bytes } | null {
  if (node.class !== 'universal' || node.constructed || (node.tag !== 4 && node.tag !== 3)) return null
  const before = node.content.subarray(0, node.tag === 3 ? 1 : 0)
  try {
    return { inner: readDer(node.content.subarray(before.length)), before }
  } catch {
    return null
  }
}

function elementsOf(node: DerNode, path: string, put: Element['put']): readonly Element[] {
  const tagByte = node.bytes[0] ?? 0
  const inside = node.children.flatMap((child, at) => elementsOf(child, `${path}/${child.class === 'context' ? `[${child.tag}]` : at}`, (bytes) => put(writeDer(tagByte, ...node.children.map((other, k) => (k === at ? bytes : other.bytes))))))
  const within = wrapped(node)
  const strings = within === null ? [] : elementsOf(within.inner, `${path}'`, (bytes) => put(writeDer(tagByte, within.before, bytes)))
  return [{ node, path, put }, ...inside, ...strings]
}

type Change = (node: DerNode, random: Random) => Uint8Array | null

const CHANGES: Readonly<Record<string, Change>> = {
  'DER bit flip': ({ bytes, content, constructed }, random) => (constructed || content.length === 0 ? null : writeDer(bytes[0] ?? 0, flipBit(content, random))),
  'DER tag': ({ bytes, content }, random) => writeDer((bytes[0] ?? 0) ^ (1 << random.below(8)), content),
  'DER drop': () => new Uint8Array(0),
  'DER twice': ({ bytes }) => concatBytes(bytes, bytes),
  'DER empty': ({ bytes, content }) => (content.length === 0 ? null : writeDer(bytes[0] ?? 0)),
  'DER swap': ({ bytes, children }) => (children.length < 2 ? null : writeDer(bytes[0] ?? 0, ...children.map((child) => child.bytes).reverse())),
  'DER shorter': ({ bytes, content }) => (content.length === 0 ? null : writeDer(bytes[0] ?? 0, content.subarray(0, -1))),
  'DER longer': ({ bytes, content }, random) => writeDer(bytes[0] ?? 0, content, random.bytes(1)),
  'DER leading zero': ({ bytes, content, constructed }) => (constructed ? null : writeDer(bytes[0] ?? 0, Uint8Array.of(0), content)),
  'BER long length': ({ bytes, content }) => (content.length > 127 ? null : concatBytes(bytes.subarray(0, 1), Uint8Array.of(0x81, content.length), content)),
  'BER indefinite length': ({ bytes, content, constructed }) => (constructed ? concatBytes(bytes.subarray(0, 1), Uint8Array.of(0x80), content, Uint8Array.of(0, 0)) : null),
  'DER element added': ({ bytes, content, constructed }) => (constructed ? writeDer(bytes[0] ?? 0, content, Uint8Array.of(0xa1, 0)) : null),
  'n - s': ({ bytes, children }) => (children.length === 2 && children.every(({ tag }) => tag === 2) ? negateS(bytes) : null),
  'DER boolean': ({ bytes, tag, content }) => (tag === 1 ? writeDer(bytes[0] ?? 0, Uint8Array.of(content[0] === 0 ? 0xff : 1)) : null),
}

const known = new WeakMap<Uint8Array, readonly Element[]>()

function elements(bytes: Bytes): readonly Element[] {
  const found = known.get(bytes) ?? readElements(bytes)
  known.set(bytes, found)
  return found
}

function readElements(bytes: Bytes): readonly Element[] {
  try {
    return elementsOf(readDer(bytes), '', (whole) => Uint8Array.from(whole))
  } catch {
    return []
  }
}

/** One change of a structure, or null where the bytes are none. */
export function mutateDer(bytes: Bytes, random: Random): DerMutation | null {
  const all = elements(bytes)
  if (all.length === 0) return null
  const { node, path, put } = random.pick(all)
  const op = random.pick(Object.keys(CHANGES))
  const changed = CHANGES[op]?.(node, random) ?? null
  return changed === null ? null : { op, path, bytes: put(changed) }
}

/** The innermost element where other bytes begin to differ. */
export function firstDifference(bytes: Bytes, other: Uint8Array): string {
  const offset = bytes.findIndex((byte, at) => byte !== other[at])
  const around = elements(bytes).filter(({ node }) => {
    const start = node.bytes.byteOffset - bytes.byteOffset
    return offset >= start && offset < start + node.bytes.length
  })
  // parents stand before what is in them
  return around.at(-1)?.path ?? ''
}
