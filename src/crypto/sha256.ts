const PRIMES = firstPrimes(64)

/**
 * The first 32 bits of the fractions of the cube roots of the primes (4.2.2), and of the square roots of the first eight (5.3.3): among a double's 53 bits the
 * first 35, where no runtime's way of rounding reaches.
 */
const ROUND = Int32Array.from(PRIMES, (prime) => fractionOf(Math.cbrt(prime)))
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)))

function firstPrimes(count: number): readonly number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n)
  return found
}

function fractionOf(root: number): number {
  return Math.floor((root % 1) * 2 ** 32) | 0
}

/** Used again by each call, of which one runs at a time: to make them takes longer than to hash what is short. */
const WORDS = new Int32Array(64)
const LAST = new Uint8Array(128)
const LAST_VIEW = new DataView(LAST.buffer)

/**
 * SHA-256 (FIPS 180-4) at once, where WebCrypto can only answer later. For public bytes: nothing is wiped. A library's is four times as long, since it also hashes
 * piece by piece, forks and wipes; that is what a bundle for the edge or a page has no room for.
 */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const state = START.slice()
  const rest = bytes.length % 64
  const whole = bytes.length - rest
  addBlocks(state, new DataView(bytes.buffer, bytes.byteOffset), whole)
  // a one bit, zeros, and the length in bits, up to whole blocks (5.1.1)
  const padded = rest < 56 ? 64 : 128
  LAST.fill(0)
  LAST.set(bytes.subarray(whole))
  LAST[rest] = 0x80
  LAST_VIEW.setUint32(padded - 8, Math.floor(bytes.length / 2 ** 29))
  LAST_VIEW.setUint32(padded - 4, bytes.length << 3)
  addBlocks(state, LAST_VIEW, padded)
  const hash = new Uint8Array(32)
  const view = new DataView(hash.buffer)
  for (let i = 0; i < 8; i++) view.setInt32(4 * i, at(state, i))
  return hash
}

/** Whole blocks (6.2.2). Destructuring would be shorter, and takes three times as long. */
function addBlocks(state: Int32Array, view: DataView, length: number): void {
  for (let from = 0; from < length; from += 64) {
    for (let i = 0; i < 16; i++) WORDS[i] = view.getInt32(from + 4 * i)
    for (let i = 16; i < 64; i++) WORDS[i] = at(WORDS, i - 16) + small(at(WORDS, i - 15), 7, 18, 3) + at(WORDS, i - 7) + small(at(WORDS, i - 2), 17, 19, 10)
    addBlock(state)
  }
}

function addBlock(state: Int32Array): void {
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  let f = at(state, 5)
  let g = at(state, 6)
  let h = at(state, 7)
  for (let i = 0; i < 64; i++) {
    const one = (h + large(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + at(ROUND, i) + at(WORDS, i)) | 0
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
  state[0] = at(state, 0) + a
  state[1] = at(state, 1) + b
  state[2] = at(state, 2) + c
  state[3] = at(state, 3) + d
  state[4] = at(state, 4) + e
  state[5] = at(state, 5) + f
  state[6] = at(state, 6) + g
  state[7] = at(state, 7) + h
}

function at(list: Int32Array, i: number): number {
  return list[i] ?? 0
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
