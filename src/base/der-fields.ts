import { refuseDer, type DerNode } from './der.ts'
import * as TAG from './der-tags.ts'
import { utf8Decode } from './bytes.ts'

/** The elements of a structure, taken one after the other, optional ones only where they stand. Throws `malformed-der`. */
export class DerFields {
  readonly #nodes: readonly DerNode[]
  readonly #what: string
  #at = 0

  constructor(nodes: readonly DerNode[], what: string) {
    this.#nodes = nodes
    this.#what = what
  }

  get done(): boolean {
    return this.#at >= this.#nodes.length
  }

  next(): DerNode {
    return this.#nodes[this.#at++] ?? refuseDer(`${this.#what} ends too early`)
  }

  /** The next element if it has this universal tag. */
  optional(tag: number): DerNode | null {
    return this.#take((node) => node.class === 'universal' && node.tag === tag)
  }

  /** The next element if it is `[tag]` in this form. */
  context(tag: number, constructed: boolean): DerNode | null {
    return this.#take((node) => node.class === 'context' && node.tag === tag && node.constructed === constructed)
  }

  end(): void {
    if (!this.done) refuseDer(`${this.#what} holds more than it may`)
  }

  #take(fits: (node: DerNode) => boolean): DerNode | null {
    const node = this.#nodes[this.#at]
    if (node === undefined || !fits(node)) return null
    this.#at++
    return node
  }
}

/** The one element that an EXPLICIT tag wraps. */
export function readExplicit(node: DerNode, what: string): DerNode {
  const [inner, ...more] = node.children
  return inner === undefined || more.length > 0 ? refuseDer(`${what} wraps not exactly one element`) : inner
}

/** A BOOLEAN, 00 or ff. A default that is written out is taken: the signature covers it either way. */
export function readBoolean(node: DerNode, what: string): boolean {
  const [value, ...more] = node.content
  if (node.class !== 'universal' || node.tag !== TAG.boolean || more.length > 0 || (value !== 0 && value !== 0xff)) refuseDer(`${what} is no BOOLEAN`)
  return value === 0xff
}

/** An INTEGER from 0 to 2^31 - 1, whatever its tag. */
export function readSmallInteger(node: DerNode, what: string): number {
  const { content, constructed } = node
  const [first = 0x80, second = 0x80] = content
  if (constructed || first > 0x7f || content.length > 4 || (first === 0 && content.length > 1 && second < 0x80)) refuseDer(`${what} is no small number`)
  return content.reduce((value, byte) => value * 256 + byte, 0)
}

/** Text of an IA5String or of an IMPLICIT tag over one: ASCII only. */
export function readAscii(node: DerNode, what: string): string {
  if (node.constructed || node.content.some((byte) => byte > 0x7f)) refuseDer(`${what} is no ASCII text`)
  return utf8Decode(node.content)
}
