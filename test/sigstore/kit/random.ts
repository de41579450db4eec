import { createHash } from 'node:crypto'

/** Random values from a seed: the same seed gives the same keys, serial numbers and mutations. */
export interface Random {
  /** From 0 up to, without, `end`. */
  readonly below: (end: number) => number
  readonly bytes: (length: number) => Uint8Array<ArrayBuffer>
  readonly pick: <T>(values: readonly T[]) => T
}

export function randomFrom(seed: number | string): Random {
  let counter = 0
  let block = new Uint8Array(0)
  let at = 0
  const bytes = (length: number): Uint8Array<ArrayBuffer> => {
    const out = new Uint8Array(length)
    for (let k = 0; k < length; k++) {
      if (at === block.length) [block, at] = [new Uint8Array(createHash('sha512').update(`${seed}/${counter++}`).digest()), 0]
      out[k] = block[at++] ?? 0
    }
    return out
  }
  // Modulo 2^32 is uneven by one in millions at most, which no test can feel.
  const below = (end: number): number => new DataView(bytes(4).buffer).getUint32(0) % end
  const pick = <T>(values: readonly T[]): T => {
    const value = values[below(values.length)]
    if (value === undefined) throw new Error('nothing to pick from')
    return value
  }
  return { below, bytes, pick }
}
