import { SealdexError } from '../base/errors.ts'
import type { SignatureMaterial } from '../form/found.ts'
import { readCosignMaterial } from '../sigstore/cosign-material.ts'
import type { NamedSigner, SignedContent, SignedMaterial } from '../sigstore/material.ts'

/** What stands beside a signature in annotations, as Sigstore's verifier takes it: one for each certificate that may belong to it. */
export interface AnnotatedMaterial {
  /** Without a certificate: for a key of the caller's. */
  readonly keyed: SignedMaterial
  readonly certified: readonly SignedMaterial[]
  /** Some of the texts could not be read. */
  readonly broken: boolean
}

/**
 * Log bundles and timestamps that belong to another signature count for nothing when they are checked, so all of them are taken along: pairing
 * is by cryptography (R3).
 */
export function annotatedMaterial(texts: SignatureMaterial, signature: Uint8Array<ArrayBuffer>, content: SignedContent): AnnotatedMaterial {
  let broken = false
  const readable = <T>(read: () => readonly T[]): readonly T[] => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof SealdexError)) throw error
      broken = true
      return []
    }
  }
  const part = (one: Partial<Parameters<typeof readCosignMaterial>[1]>): SignedMaterial => readCosignMaterial(signature, { certificate: null, chain: null, bundle: null, timestamp: null, ...one })
  const entries = texts.logBundles.flatMap((bundle) => readable(() => part({ bundle }).entries))
  const timestamps = texts.timestamps.flatMap((timestamp) => readable(() => part({ timestamp }).timestamps))
  const chain = texts.chains.join('\n')
  const signers = texts.certificates.flatMap((certificate) => readable((): readonly NamedSigner[] => [part({ certificate, chain }).signer]))
  const common = { signature, content, entries, timestamps }
  return { keyed: { ...common, signer: { kind: 'key', hint: '' } }, certified: signers.map((signer) => ({ ...common, signer })), broken }
}
