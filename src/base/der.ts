import { concatBytes, hexEncode } from './bytes.ts'
import * as TAG from './der-tags.ts'
import { SealdexError } from './errors.ts'
import * as LIMITS from './limits.ts'

export type DerClass = 'universal' | 'application' | 'context' | 'private'

/** One element of a DER structure. */
export interface DerNode {
  readonly class: DerClass
  readonly tag: number
  readonly constructed: boolean
  /** The whole element with tag and length: what a signature or a hash covers. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The value alone. */
  readonly content: Uint8Array<ArrayBuffer>
  /** The elements inside, for a constructed one; else empty. */
  readonly children: readonly DerNode[]
}

const CLASSES: readonly DerClass[] = ['universal', 'application', 'context', 'private']
/** Universal types that are made of elements: EXTERNAL, EMBEDDED PDV, SEQUENCE, SET. All others are primitive in DER. */
const CONSTRUCTED: ReadonlySet<number> = new Set([8, 11, TAG.sequence, TAG.set])

/**
 * Reads one DER element that fills the bytes: definite and shortest lengths, tag numbers under 2^14, at most `LIMITS.derDepth` levels (T38).
 * Throws `malformed-der`.
 */
export function readDer(bytes: Uint8Array<ArrayBuffer>): DerNode {
  const node = readElement(bytes, 0, bytes.length, 1)
  if (node.end !== bytes.length) refuseDer('bytes follow the structure')
  return node
}

export function refuseDer(why: string): never {
  throw new SealdexError('malformed-der', `The bytes are not strict DER: ${why}.`)
}

/** The element at `start`, which ends at `limit` at the latest. */
function readElement(bytes: Uint8Array<ArrayBuffer>, start: number, limit: number, depth: number): Element {
  if (depth > LIMITS.derDepth) refuseDer(`it is nested deeper than ${LIMITS.derDepth} levels`)
  const first = byteAt(bytes, start, limit)
  const kind = CLASSES[first >> 6] ?? 'universal'
  const constructed = (first & 0x20) !== 0
  const { tag, next } = readTag(bytes, start, limit)
  const { from, to } = readLength(bytes, next, limit)
  if (kind === 'universal' && (tag === 0 || constructed !== CONSTRUCTED.has(tag))) refuseDer(`universal tag ${tag} has the wrong form`)
  const children = constructed ? readChildren(bytes, from, to, depth + 1) : NONE
  return new Element(bytes, [start, from, to], { class: kind, tag, constructed, children })
}

const NONE: readonly DerNode[] = []

/** Views are made when they are asked for: most elements of a certificate never are, and views are dear. */
class Element implements DerNode {
  readonly class: DerClass
  readonly tag: number
  readonly constructed: boolean
  readonly children: readonly DerNode[]
  readonly #source: Uint8Array<ArrayBuffer>
  readonly #bounds: readonly [start: number, from: number, to: number]

  constructor(source: Uint8Array<ArrayBuffer>, bounds: readonly [number, number, number], read: Pick<DerNode, 'class' | 'tag' | 'constructed' | 'children'>) {
    this.class = read.class
    this.tag = read.tag
    this.constructed = read.constructed
    this.children = read.children
    this.#source = source
    this.#bounds = bounds
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#source.subarray(this.#bounds[0], this.#bounds[2])
  }

  get content(): Uint8Array<ArrayBuffer> {
    return this.#source.subarray(this.#bounds[1], this.#bounds[2])
  }

  get end(): number {
    return this.#bounds[2]
  }
}

function readChildren(bytes: Uint8Array<ArrayBuffer>, from: number, to: number, depth: number): readonly DerNode[] {
  const children: Element[] = []
  for (let at = from; at < to; at = children.at(-1)?.end ?? to) children.push(readElement(bytes, at, to, depth))
  return children
}

function byteAt(bytes: Uint8Array, at: number, limit: number): number {
  return at < limit ? (bytes[at] ?? 0) : refuseDer('it ends too early')
}

function readTag(bytes: Uint8Array, start: number, limit: number): { tag: number, next: number } {
  const first = byteAt(bytes, start, limit)
  if ((first & 0x1f) !== 0x1f) return { tag: first & 0x1f, next: start + 1 }
  const high = byteAt(bytes, start + 1, limit)
  if (high < 0x80) return high > 30 ? { tag: high, next: start + 2 } : refuseDer('a tag number is not in its shortest form')
  const low = byteAt(bytes, start + 2, limit)
  if (high === 0x80 || low > 0x7f) refuseDer('a tag number is not in its shortest form or past 2^14')
  return { tag: ((high & 0x7f) << 7) | low, next: start + 3 }
}

function readLength(bytes: Uint8Array, at: number, limit: number): { from: number, to: number } {
  const first = byteAt(bytes, at, limit)
  const more = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || more > 4) refuseDer('a length is indefinite or takes more than four bytes')
  let length = more === 0 ? first : 0
  for (let k = 1; k <= more; k++) length = length * 256 + byteAt(bytes, at + k, limit)
  if (more > 0 && length < (more === 1 ? 0x80 : 256 ** (more - 1))) refuseDer('a length is not in its shortest form')
  const from = at + 1 + more
  if (from + length > limit) refuseDer('it ends too early')
  return { from, to: from + length }
}

function isUniversal(node: DerNode | undefined, tag: number): node is DerNode {
  return node !== undefined && node.class === 'universal' && node.tag === tag
}

/** Whether this is the element `[tag]` of a structure. */
export function isContext(node: DerNode | undefined, tag: number): node is DerNode {
  return node !== undefined && node.class === 'context' && node.tag === tag
}

/** The element, if it has this universal tag. Throws `malformed-der`. */
export function expectTag(node: DerNode | undefined, tag: number, what: string): DerNode {
  return isUniversal(node, tag) ? node : refuseDer(`${what} has another type`)
}

/** The elements of a SEQUENCE. */
export function readSequence(node: DerNode | undefined, what: string): readonly DerNode[] {
  return expectTag(node, TAG.sequence, what).children
}

export function readOctetString(node: DerNode | undefined, what: string): Uint8Array<ArrayBuffer> {
  return expectTag(node, TAG.octetString, what).content
}

/** The bytes of a BIT STRING that holds whole bytes. */
export function readBitString(node: DerNode | undefined, what: string): Uint8Array<ArrayBuffer> {
  const { content } = expectTag(node, TAG.bitString, what)
  return content[0] === 0 ? content.subarray(1) : refuseDer(`${what} does not hold whole bytes`)
}

/** An INTEGER from 0 on as big-endian bytes without leading zeros (0 is one zero byte). Refuses negative and padded ones. */
export function readUnsigned(node: DerNode | undefined, what: string): Uint8Array<ArrayBuffer> {
  const { content } = expectTag(node, TAG.integer, what)
  const [first, second] = content
  if (first === undefined || first > 0x7f) refuseDer(`${what} is empty or negative`)
  if (first !== 0 || second === undefined) return content
  return second > 0x7f ? content.subarray(1) : refuseDer(`${what} has leading zeros`)
}

/** An OID by its exact bytes, as lower-case hex: never as numbers, which could be cut (CVE-2025-66030). Compare with {@link oidHex}. */
export function readOid(node: DerNode | undefined, what: string): string {
  const { content } = expectTag(node, TAG.oid, what)
  let startsArc = true
  for (const byte of content) {
    if (startsArc && byte === 0x80) refuseDer(`${what} is no object identifier`)
    startsArc = byte < 0x80
  }
  if (content.length === 0 || !startsArc) refuseDer(`${what} is no object identifier`)
  return hexEncode(content)
}

/** The exact bytes, as lower-case hex, of an OID in dotted form, such as `1.2.840.10045.2.1`. */
export function oidHex(dotted: string): string {
  return hexEncode(oidContent(dotted))
}

/** The OIDs that the code names, which are few; each key and certificate asks for the same again. */
const contents = new Map<string, Uint8Array<ArrayBuffer>>()

function oidContent(dotted: string): Uint8Array<ArrayBuffer> {
  const known = contents.get(dotted)
  if (known !== undefined) return known
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const content = Uint8Array.from([first * 40 + second, ...rest].flatMap(base128))
  contents.set(dotted, content)
  return content
}

function base128(arc: number): number[] {
  const digits = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 0x80)
  return digits
}

/** One element, from its tag byte and the parts of its content. */
export function writeDer(tagByte: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concatBytes(...parts)
  const digits: number[] = []
  for (let left = content.length; left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256)
  const length = content.length < 0x80 ? [content.length] : [0x80 | digits.length, ...digits]
  return concatBytes(Uint8Array.of(tagByte, ...length), content)
}

export function writeSequence(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return writeDer(0x30, ...parts)
}

/** An INTEGER from big-endian bytes of a number from 0 on; leading zeros are dropped. */
export function writeUnsigned(magnitude: Uint8Array): Uint8Array<ArrayBuffer> {
  const first = magnitude.findIndex((byte) => byte !== 0)
  const digits = first < 0 ? Uint8Array.of(0) : magnitude.subarray(first)
  return writeDer(TAG.integer, (digits[0] ?? 0) > 0x7f ? Uint8Array.of(0) : new Uint8Array(0), digits)
}

export function writeOid(dotted: string): Uint8Array<ArrayBuffer> {
  return writeDer(TAG.oid, oidContent(dotted))
}

export function writeOctetString(content: Uint8Array): Uint8Array<ArrayBuffer> {
  return writeDer(TAG.octetString, content)
}

export function writeBitString(content: Uint8Array): Uint8Array<ArrayBuffer> {
  return writeDer(TAG.bitString, Uint8Array.of(0), content)
}

export const DER_NULL: Uint8Array<ArrayBuffer> = Uint8Array.of(TAG.nothing, 0)
