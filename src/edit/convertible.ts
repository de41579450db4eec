import * as LIMITS from '../base/limits.ts'
import { algorithmsToTry } from '../crypto/algorithms.ts'
import type { Digest } from '../crypto/digest.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'
import { parseSimpleSigning } from '../envelope/simple-signing.ts'
import type { FoundSignature, FoundSimpleSigning } from '../form/found.ts'
import type { Place } from '../oci/place.ts'
import type { Reference } from '../oci/reference.ts'
import { gather, type Gathered } from '../verify/gather.ts'
import { rebuiltPayloads } from '../verify/checker.ts'
import type { Objects } from '../verify/objects.ts'
import { NO_TRUST } from '../verify/trust.ts'
import { parseCertificatesPem } from '../x509/certificate.ts'
import { SealdexError } from '../base/errors.ts'

/** A signature over a cosign payload, with the bytes that it signs. */
export interface Convertible {
  readonly found: FoundSimpleSigning
  readonly place: Place
  /** What the payload is about. */
  readonly subject: Digest
  readonly payload: Uint8Array<ArrayBuffer>
  /** Of several that stand there the one whose key made it; null for a signature by a bare key. */
  readonly certificate: string | null
}

/** One that stays where it is, with the reason. */
export interface Unconvertible {
  readonly subject: Digest
  readonly form: string
  readonly at: string
  readonly message: string
}

export interface Exportable {
  readonly convertible: readonly Convertible[]
  readonly unconvertible: readonly Unconvertible[]
  /** How many cosign finds where they are: at its own tags, and bundles. */
  readonly inPlace: number
}

export interface ExportSource {
  readonly reference: Reference
  readonly objects: Objects
  /** That may have made signatures whose payload has to be rebuilt. */
  readonly keys: readonly PublicKey[]
  /** The name under which they were made. */
  readonly signedRepository: Reference | null
  /** Seconds since 1970. */
  readonly at: number
}

/** Every signature of what the reference names, in all places. Throws where the reference itself, or a place, could not be read. */
export async function exportable(source: ExportSource): Promise<Exportable> {
  const { reference, objects, at } = source
  const { facts } = await gather({ reference, objects, policy: null, entry: null, platform: null, at, reading: 'all', payloads: [], trust: NO_TRUST })
  if (facts.unread !== null) throw new SealdexError(facts.unread.code, facts.unread.message)
  const convertible: Convertible[] = []
  const unconvertible: Unconvertible[] = []
  let inPlace = 0
  for (const { found, place } of facts.checked) {
    if (isCosigns(found, place)) inPlace++
    else {
      const one = await convert(found, place, source)
      if ('message' in one) unconvertible.push(one)
      else convertible.push(one)
    }
  }
  return { convertible, unconvertible: [...unconvertible, ...failedPlaces(facts)], inPlace }
}

/** What could not be read may hold signatures too. */
export function failedPlaces({ places }: Gathered['facts']): readonly Unconvertible[] {
  return places.filter(({ state }) => state === 'failed').map(({ subject, place, code }) => ({
    subject, form: place, at: place, message: `The place ${place} of ${subject} could not be read (${code ?? 'failed'}), so what stands there was not converted.`,
  }))
}

/** Bundles, and what stands at cosign's tags. */
export function isCosigns(found: FoundSignature, place: Place): boolean {
  return place === 'sig-tag' || place === 'att-tag' || found.kind === 'envelope'
}

async function convert(found: FoundSignature, place: Place, source: ExportSource): Promise<Convertible | Unconvertible> {
  const cannot = (message: string): Unconvertible => ({ subject: found.beside.digest, form: found.form, at: found.at, message })
  if (found.kind !== 'simple-signing') return cannot(`The signature ${found.at} beside ${found.beside.digest} is of the form "${found.form}", which signs other bytes than cosign reads there.`)
  const signers = signersOf(found, source.keys)
  for (const payload of [...found.payloads, ...rebuilt(found, source)]) {
    const subject = subjectOf(payload)
    if (subject === null) continue
    for (const { key, certificate } of signers.slice(0, LIMITS.signaturesTried)) {
      if (await isBy(key, found.signature, payload)) return subject === found.beside.digest ? { found, place, subject, payload, certificate } : cannot(mismatch(found, subject))
    }
  }
  // nobody's key is needed to see what a stored payload is about
  const [stored, another] = found.payloads
  if (stored === undefined || another !== undefined || found.material.certificates.length > 0) {
    return cannot(`What the signature ${found.at} beside ${found.beside.digest} signs is not known: no payload stands beside it${source.keys.length === 0 ? ', and without --key none can be rebuilt' : ' that a key verifies'}; --signed-repository NAME names the repository it was signed under.`)
  }
  const subject = subjectOf(stored)
  if (subject === null) return cannot(`The payload beside the signature ${found.at} is none of cosign's.`)
  return subject === found.beside.digest ? { found, place, subject, payload: stored, certificate: null } : cannot(mismatch(found, subject))
}

function mismatch({ at, beside }: FoundSimpleSigning, subject: Digest): string {
  return `The signature ${at} stands beside ${beside.digest} and is about ${subject}.`
}

function rebuilt({ beside }: FoundSimpleSigning, { reference, signedRepository }: ExportSource): readonly Uint8Array<ArrayBuffer>[] {
  return [reference, ...(signedRepository === null ? [] : [signedRepository])].flatMap((one) => rebuiltPayloads(beside.digest, one, null))
}

function signersOf({ material }: FoundSimpleSigning, keys: readonly PublicKey[]): readonly { readonly key: PublicKey; readonly certificate: string | null }[] {
  if (material.certificates.length === 0) return keys.map((key) => ({ key, certificate: null }))
  return material.certificates.flatMap((certificate) => {
    try {
      const [leaf] = parseCertificatesPem(certificate)
      return leaf === undefined ? [] : [{ key: leaf.publicKey, certificate }]
    } catch {
      return []
    }
  })
}

async function isBy(key: PublicKey, signature: Uint8Array<ArrayBuffer>, payload: Uint8Array<ArrayBuffer>): Promise<boolean> {
  for (const algorithm of algorithmsToTry(key)) if (await verifySignature(key, algorithm, signature, payload)) return true
  return false
}

function subjectOf(payload: Uint8Array): Digest | null {
  try {
    return parseSimpleSigning(payload).digest
  } catch {
    return null
  }
}
