const PRIMES = firstPrimes(64)

/**
 * The first 32 bits of the fractions of the cube roots of the primes (4.2.2), and of the square roots of the first eight (5.3.3): among a double's 53 bits the
 * first 35, where no runtime's way of rounding reaches.
 */
const ROUND = Uint32Array.from(PRIMES, (prime) => fractionOf(Math.cbrt(prime)))
const START = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)))

function firstPrimes(count: number): readonly number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n)
  return found
}

function fractionOf(root: number): number {
  return Math.floor((root % 1) * 2 ** 32)
}

/**
 * SHA-256 (FIPS 180-4) at once, where WebCrypto can only answer later. For public bytes: nothing is wiped. A library's is four times as long, since it also hashes
 * piece by piece, forks and wipes; that is what a bundle for the edge or a page has no room for.
 */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(padded(bytes).buffer)
  const [state, words] = [START.slice(), new Uint32Array(64)]
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i)
    addBlock(state, words)
  }
  const hash = new DataView(new ArrayBuffer(32))
  state.forEach((word, i) => hash.setUint32(4 * i, word))
  return new Uint8Array(hash.buffer)
}

/** A one bit, zeros, and the length in bits, up to whole blocks (5.1.1). */
function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = new Uint8Array(64 * Math.ceil((bytes.length + 9) / 64))
  blocks.set(bytes)
  blocks[bytes.length] = 0x80
  new DataView(blocks.buffer).setBigUint64(blocks.length - 8, BigInt(bytes.length * 8))
  return blocks
}

/** One block (6.2.2), whose 16 words come first in `words`. Destructuring would be shorter, and takes three times as long. */
function addBlock(state: Uint32Array, words: Uint32Array): void {
  const at = (list: Uint32Array, i: number): number => list[i] ?? 0
  for (let i = 16; i < 64; i++) words[i] = (at(words, i - 16) + small(at(words, i - 15), 7, 18, 3) + at(words, i - 7) + small(at(words, i - 2), 17, 19, 10)) | 0
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  let f = at(state, 5)
  let g = at(state, 6)
  let h = at(state, 7)
  for (let i = 0; i < 64; i++) {
    const one = (h + large(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + at(ROUND, i) + at(words, i)) | 0
    const two = (large(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = at(state, i) + word
}

function small(word: number, x: number, y: number, shift: number): number {
  return turned(word, x) ^ turned(word, y) ^ (word >>> shift)
}

function large(word: number, x: number, y: number, z: number): number {
  return turned(word, x) ^ turned(word, y) ^ turned(word, z)
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}
