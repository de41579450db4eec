import { base64Encode, utf8Encode } from '../../base/bytes.ts'
import { SealdexError } from '../../base/errors.ts'
import { writePem } from '../../crypto/pem.ts'
import type { Signer } from '../../crypto/private-key.ts'
import { parseCertificatesPem, type Certificate } from '../../x509/certificate.ts'
import { readIdentity } from '../identity.ts'
import { listOf, optionalMessage } from '../proto-json.ts'
import { verifyCertificate } from '../signer.ts'
import type { TrustedRoot } from '../trust.ts'
import * as LIMITS from '../../base/limits.ts'
import type { IdentityToken } from './identity-token.ts'
import { askJson, serviceError, type AskService } from './service.ts'

const WHAT = 'a certificate'

/**
 * A certificate of Fulcio (API v2) for the signer's key and the token's identity, checked: for this key, by an authority of the trusted root, promised to its CT logs, and of the identity that the token is about. The key
 * proves itself by a signature over the principal, so there is no signing request. Throws `service-error`, or what is wrong with the certificate.
 */
export async function requestCertificate(ask: AskService, service: string, token: IdentityToken, signer: Signer, trust: TrustedRoot, scts: number): Promise<Certificate> {
  const proof = await signer.sign(utf8Encode(token.principal))
  const answer = await askJson(ask, {
    service, path: '/api/v2/signingCert', what: WHAT,
    body: {
      credentials: { oidcIdentityToken: token.secret() },
      publicKeyRequest: { publicKey: { algorithm: 'ECDSA', content: writePem('PUBLIC KEY', signer.publicKey.spki) }, proofOfPossession: base64Encode(proof) },
    },
    secrets: [token.secret()],
  })
  const leaf = leafIn(service, answer)
  if (leaf.publicKey.keyId !== signer.publicKey.keyId) throw new SealdexError('bad-certificate', 'The certificate is for another key than the one that asked for it.')
  await verifyCertificate({ kind: 'certificate', leaf, intermediates: [] }, trust, [leaf.notBefore], scts, null)
  if (!token.isAbout(readIdentity(leaf))) throw new SealdexError('no-trusted-identity', 'The certificate is of another identity, or by another issuer of identities, than the token.')
  return leaf
}

/** The first of the chain. What is above it is the trusted root's to have: bundles carry the leaf alone (formats.md 7). */
function leafIn(service: string, answer: Awaited<ReturnType<typeof askJson>>): Certificate {
  try {
    const signed = optionalMessage(answer, 'signedCertificateEmbeddedSct', ['chain'], 'answer') ?? optionalMessage(answer, 'signedCertificateDetachedSct', ['chain', 'signedCertificateTimestamp'], 'answer')
    const chain = signed === null ? null : optionalMessage(signed, 'chain', ['certificates'], 'answer')
    const [pem] = chain === null ? [] : listOf(chain, 'certificates', 'answer', LIMITS.chainCertificates, (item) => typeof item === 'string' ? item : '')
    const [leaf, another] = parseCertificatesPem(pem ?? '')
    if (leaf !== undefined && another === undefined) return leaf
  } catch (cause) {
    if (!(cause instanceof SealdexError)) throw cause
    return serviceError(service, `answered with a certificate that cannot be read. ${cause.message}`, { cause })
  }
  return serviceError(service, `answered with something else when asked for ${WHAT}.`)
}
