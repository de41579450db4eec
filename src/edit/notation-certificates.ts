import { SealdexError } from '../base/errors.ts'
import type { Code } from '../base/codes.ts'
import type { Signer } from '../crypto/private-key.ts'
import { notationAlgorithm, type NotationAlgorithm } from '../envelope/notation-attributes.ts'
import { parseCertificatesPem, type Certificate } from '../x509/certificate.ts'
import { checkWholeChain, verifyChain } from '../x509/chain.ts'

/** The one way in which notation signs with this key. Throws `cannot-convert` for a key that it has no algorithm for, or a signer that signs in another way. */
export function algorithmOf({ publicKey, algorithm }: Signer): NotationAlgorithm {
  const demanded = notationAlgorithm(publicKey)
  if (demanded === null) {
    const kind = publicKey.type === 'ed25519' ? 'Ed25519 keys' : `RSA keys of ${publicKey.signatureBytes * 8} bits`
    throw new SealdexError('cannot-convert', `notation has no algorithm for ${kind}: it signs with ECDSA P-256, P-384 and P-521, and with RSA of 2048, 3072 and 4096 bits.`)
  }
  if (algorithm !== demanded.name) throw new SealdexError('cannot-convert', `notation signs with ${demanded.jose} and this signer with ${algorithm}; parsePrivateKey(text, password, 'pss') makes one that does.`)
  return demanded
}

/** What to do about it, beside what is wrong. */
const ADVICE: Partial<Readonly<Record<Code, string>>> = {
  'bad-certificate': 'Give PEM certificates, the signer\'s own first, then each issuer up to the root.',
  'untrusted-certificate': 'Give the signer\'s own first, then the certificate of each issuer, and the root as the last: notation wants all of them.',
  'certificate-expired': 'Have the certificate renewed, and export again.',
  'certificate-misused': 'notation wants a certificate for signing alone: no authority\'s, its key usage critical and digitalSignature, its extended key usage, if any, code signing.',
}

/**
 * Reads the certificates of a key and holds them to what the Notary Project demands of signers (formats.md 9), at the time of signing: nobody would accept
 * what is signed with others. `at`: seconds since 1970. Throws `bad-certificate`, `untrusted-certificate`, `certificate-expired` or `certificate-misused`.
 */
export async function certificatesFor({ publicKey }: Signer, pem: string, at: number): Promise<readonly Certificate[]> {
  try {
    const certificates = parseCertificatesPem(pem)
    const [leaf, ...others] = certificates
    if (leaf === undefined) throw new SealdexError('bad-certificate', 'The text holds no certificate.')
    if (leaf.publicKey.keyId !== publicKey.keyId) {
      throw new SealdexError('bad-certificate', others.some((one) => one.publicKey.keyId === publicKey.keyId) ? 'The certificate of the key that signs is not the first one.' : `The first certificate is for the key ${leaf.publicKey.keyId}, and the key that signs is ${publicKey.keyId}.`)
    }
    // where it is misused or expired, that says more than that the chain is not whole
    await verifyChain({ leaf, intermediates: others, anchors: certificates.slice(-1), times: [at], purpose: 'notation-signing' })
    await checkWholeChain(certificates)
    return certificates
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError(error.code, `${error.message} ${ADVICE[error.code] ?? ''}`.trim(), { cause: error })
  }
}
