import { hexDecode } from '../../src/base/bytes.ts'
import { SealdexError } from '../../src/base/errors.ts'
import { ALGORITHMS, type AlgorithmName, type SignatureForm } from '../../src/crypto/algorithms.ts'
import { publicKeyFromSpki, type PublicKey } from '../../src/crypto/public-key.ts'
import { verifySignature } from '../../src/crypto/signature.ts'

/** One group of Wycheproof's tests: a key, and signatures by it or not. */
export interface Group {
  readonly algorithm: AlgorithmName
  /** How ECDSA signatures are written in this group. */
  readonly form: SignatureForm
  readonly spki: string
  readonly tests: readonly { readonly id: string, readonly message: string, readonly signature: string }[]
}

/** What was made of one test. */
export type Answer = 'accepted' | 'refused' | 'key-refused'

/** Runs in every runtime: the groups in, an answer for each test out. Anything but a refusal of the key or the signature is an error of the suite. */
export async function run(input: unknown): Promise<Record<string, Answer>> {
  const answers: Record<string, Answer> = {}
  for (const { algorithm, form, spki, tests } of input as readonly Group[]) {
    const key = readKey(spki)
    for (const { id, message, signature } of tests) {
      answers[id] = key === null ? 'key-refused' : await answer(key, algorithm, hexDecode(signature), hexDecode(message), form)
    }
  }
  return answers
}

function readKey(spki: string): PublicKey | null {
  try {
    return publicKeyFromSpki(hexDecode(spki))
  } catch (error) {
    if (error instanceof SealdexError && error.code === 'bad-key') return null
    throw error
  }
}

async function answer(key: PublicKey, algorithm: AlgorithmName, signature: Uint8Array, message: Uint8Array<ArrayBuffer>, form: SignatureForm): Promise<Answer> {
  const written = ALGORITHMS[algorithm].form === 'der' ? form : 'raw'
  return (await verifySignature(key, algorithm, signature, message, written)) ? 'accepted' : 'refused'
}
