/** base^exponent modulo the modulus, of a base that is not negative. Only public values come here, so nothing takes constant time. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** Whether a number that is not negative is the square of another modulo an odd prime, and not zero: Jacobi's symbol, several times as fast as to look for the root. */
export function isSquare(value: bigint, prime: bigint): boolean {
  let [a, n, sign] = [value % prime, prime, 1]
  while (a > 0n) {
    const zeros = trailingZeros(a)
    a >>= BigInt(zeros)
    const [low, lowest] = [Number(n & 7n), Number(a & 3n)]
    // by the second supplement: 2 is none modulo 8k + 3 and 8k + 5
    if (zeros % 2 === 1 && (low === 3 || low === 5)) sign = -sign
    // by reciprocity, once it is odd
    if (lowest === 3 && low % 4 === 3) sign = -sign
    if (lowest % 2 === 1) [a, n] = [n % a, a]
  }
  return n === 1n && sign === 1
}

/** Of a number above 0: 32 at most at a time. */
function trailingZeros(value: bigint): number {
  const low = Number(BigInt.asUintN(32, value)) | 0
  return low === 0 ? 32 : 31 - Math.clz32(low & -low)
}
