import { base64Encode, hexDecode } from '../../base/bytes.ts'
import type { HashName } from '../../crypto/algorithms.ts'
import { writePem } from '../../crypto/pem.ts'
import type { LogEntry, SignedContent, SignedMaterial } from '../material.ts'

/** Members of an object; those that are undefined are left out by JSON.stringify. */
type Members = Readonly<Record<string, unknown>>

/** A TransparencyLogEntry in protobuf's JSON: 64-bit numbers as text, bytes in base64 (formats.md 7). */
function entryJson({ logId, logIndex, kind, version, integratedTime, promise, proof, body }: LogEntry): Members {
  return {
    logIndex: String(logIndex),
    logId: { keyId: base64Encode(hexDecode(logId)) },
    kindVersion: { kind, version },
    integratedTime: integratedTime === null ? undefined : String(integratedTime),
    inclusionPromise: promise === null ? undefined : { signedEntryTimestamp: base64Encode(promise) },
    inclusionProof: proof === null ? undefined : {
      logIndex: String(proof.logIndex), rootHash: base64Encode(proof.rootHash), treeSize: String(proof.treeSize), hashes: proof.hashes.map(base64Encode), checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: base64Encode(body),
  }
}

const entriesJson = (entries: readonly LogEntry[]): Members => ({ tlogEntries: entries.map(entryJson) })
const timestampsJson = (timestamps: readonly Uint8Array[]): Members => ({ rfc3161Timestamps: timestamps.map((token) => ({ signedTimestamp: base64Encode(token) })) })

/** What stands beside a signature in annotations (formats.md 5, docs/spec.md). */
export interface AnnotationTexts {
  readonly certificate: string | null
  readonly bundle: string | null
  readonly timestamp: string | null
}

/**
 * cosign's own texts as far as they reach: one entry of Rekor v1 with its promise, one timestamp. Else what a Sigstore bundle has in that place: `{"tlogEntries":[…]}` (a Rekor v2 gives no promise), `{"rfc3161Timestamps":[…]}`.
 */
export function annotationTexts({ signer, entries, timestamps }: SignedMaterial): AnnotationTexts {
  const [stamp, ...more] = timestamps
  return {
    certificate: signer.kind === 'certificate' ? writePem('CERTIFICATE', signer.leaf.der) : null,
    bundle: entries.length === 0 ? null : JSON.stringify(promised(entries) ?? entriesJson(entries)),
    timestamp: stamp === undefined ? null : JSON.stringify(more.length === 0 ? { SignedRFC3161Timestamp: base64Encode(stamp) } : timestampsJson(timestamps)),
  }
}

function promised([entry, ...more]: readonly LogEntry[]): Members | null {
  if (entry === undefined || more.length > 0 || entry.promise === null || entry.integratedTime === null) return null
  const { body, integratedTime, logIndex, logId } = entry
  return { SignedEntryTimestamp: base64Encode(entry.promise), Payload: { body: base64Encode(body), integratedTime, logIndex, logID: logId } }
}

const HASHES: Readonly<Record<HashName, string>> = { 'SHA-256': 'SHA2_256', 'SHA-384': 'SHA2_384', 'SHA-512': 'SHA2_512' }

/** A Sigstore bundle of version 0.3, with a line break at its end. The certificate stands alone in it, as the version demands. */
export function writeBundle({ signature, content, signer, entries, timestamps }: SignedMaterial): string {
  const verificationMaterial = {
    ...(signer.kind === 'certificate' ? { certificate: { rawBytes: base64Encode(signer.leaf.der) } } : { publicKey: { hint: signer.hint } }),
    ...(entries.length > 0 && entriesJson(entries)),
    ...(timestamps.length > 0 && { timestampVerificationData: timestampsJson(timestamps) }),
  }
  return `${JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial, ...contentJson(content, base64Encode(signature)) })}\n`
}

function contentJson(content: SignedContent, signature: string): Members {
  if (content.kind === 'dsse') return { dsseEnvelope: { payload: base64Encode(content.payload), payloadType: content.payloadType, signatures: [{ sig: signature }] } }
  const { claimed } = content
  return { messageSignature: { ...(claimed !== null && { messageDigest: { algorithm: HASHES[claimed.hash], digest: base64Encode(claimed.value) } }), signature } }
}
