import { base64Encode, hexDecode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { algorithmsToTry } from '../crypto/algorithms.ts'
import type { Signer } from '../crypto/private-key.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'
import { preAuthEncoding } from '../envelope/dsse.ts'
import type { FoundSimpleSigning } from '../form/found.ts'
import type { SignedMaterial } from '../sigstore/material.ts'
import type { KeylessSigner } from '../sigstore/signing/keyless.ts'
import { verifyMaterial } from '../sigstore/verify-material.ts'
import { annotatedMaterial } from '../verify/annotated-material.ts'

/** A signature, and what is to stand beside it. */
export interface SignedPayload {
  readonly material: SignedMaterial
  readonly publicKey: PublicKey
}

/** Whoever signs entries: a key, or an identity whose key is gone afterwards. */
export interface EntrySigner {
  sign(payload: Uint8Array<ArrayBuffer>): Promise<SignedPayload>
  signEnvelope(payloadType: string, payload: Uint8Array<ArrayBuffer>): Promise<SignedMaterial>
  /** By what stands beside it, a signature may be by the same signer: nothing of it is believed. */
  mayHaveSigned(found: FoundSimpleSigning): boolean
  /** Whether it is, over the payload. `at`: seconds since 1970. */
  hasSigned(found: FoundSimpleSigning, payload: Uint8Array<ArrayBuffer>, at: number): Promise<boolean>
}

export function entrySigner(signer: Signer | KeylessSigner): EntrySigner {
  return 'kind' in signer ? byIdentity(signer) : byKey(signer)
}

function byKey(signer: Signer): EntrySigner {
  const { publicKey } = signer
  const keyed = (signature: Uint8Array<ArrayBuffer>, content: SignedMaterial['content']): SignedMaterial => ({
    signature, content, signer: { kind: 'key', hint: base64Encode(hexDecode(publicKey.keyId)) }, entries: [], timestamps: [],
  })
  return {
    sign: async (payload) => ({ material: keyed(await signer.sign(payload), { kind: 'message', claimed: null }), publicKey }),
    async signEnvelope(payloadType, payload) {
      const signed = preAuthEncoding(payloadType, payload)
      return keyed(await signer.sign(signed), { kind: 'dsse', payloadType, payload, signed })
    },
    mayHaveSigned: ({ keyHints }) => keyHints.some((hint) => publicKey.keyId.startsWith(hint)),
    async hasSigned({ signature }, payload) {
      for (const algorithm of algorithmsToTry(publicKey)) if (await verifySignature(publicKey, algorithm, signature, payload)) return true
      return false
    },
  }
}

function byIdentity(signer: KeylessSigner): EntrySigner {
  return {
    sign: (payload) => signer.signMessage(payload),
    signEnvelope: async (payloadType, payload) => (await signer.signEnvelope(payloadType, payload)).material,
    mayHaveSigned: ({ material }) => material.certificates.length > 0,
    async hasSigned({ material, signature }, payload, at) {
      for (const certified of annotatedMaterial(material, signature, { kind: 'message', claimed: null }).certified) if (await isOwn(certified, payload, signer, at)) return true
      return false
    },
  }
}

/** By the same identity, and vouched for as much as one of today. */
async function isOwn(material: SignedMaterial, payload: Uint8Array<ArrayBuffer>, own: KeylessSigner, at: number): Promise<boolean> {
  try {
    const { signer } = await verifyMaterial(material, payload, own.trustedRoot, { at, thresholds: own.thresholds })
    return signer.kind === 'certificate' && own.isOwn(signer.identity)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return false
  }
}
