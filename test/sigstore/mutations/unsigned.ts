/**
 * What in a bundle nobody signs: a change there may be accepted, as long as the verifier then says nothing that it did not say before (run.ts).
 * Every accepted change has to fit a row, or be noted by the verifier as counting for nothing; any other is a failure. Paths as `mutate.ts` writes them.
 */
export interface Unsigned {
  /** As it is told. */
  readonly what: string
  readonly where: RegExp
  /** The changes that are meant, if not all. */
  readonly op?: RegExp
  /** Bundles (as they were before) for which it holds, if not for all. */
  readonly when?: (bundle: string) => boolean
  readonly why: string
}

const at = (...where: readonly string[]): RegExp => new RegExp(`^(?:${where.join('|')})$`)
const inside = (...where: readonly string[]): RegExp => new RegExp(`^(?:${where.join('|')})(?:[/'].*)?$`)

const MATERIAL = 'verificationMaterial'
const ENTRY = `${MATERIAL}\\.tlogEntries\\[\\]`
const PROOF = `${ENTRY}\\.inclusionProof`
const STAMPS = `${MATERIAL}\\.timestampVerificationData`
const TOKEN = `${STAMPS}\\.rfc3161Timestamps\\[\\]\\.signedTimestamp > `
/** SignedData of a token, and the one signer in it; its number depends on whether certificates stand before it. */
const CMS = `${TOKEN}/1/\\[0\\]/0`
const SIGNER = `${CMS}/[34]/0`
const ABOVE = `${MATERIAL}\\.x509CertificateChain\\.certificates`

const hasNoPromise = (bundle: string): boolean => !bundle.includes('"inclusionPromise"')
const hasNoWitness = (bundle: string): boolean => !/"(?:tlogEntries|timestampVerificationData)"/.test(bundle)

const CLAIMS: readonly Unsigned[] = [
  { what: 'mediaType', where: at('mediaType'), why: 'names the version: any whose demands the bundle meets is as good' },
  { what: 'publicKey.hint', where: at(`${MATERIAL}\\.publicKey`, `${MATERIAL}\\.publicKey\\.hint`), why: 'a word about which of the caller’s keys it may be; the key itself decides' },
  { what: 'messageDigest left out', where: at('messageSignature'), op: /^(renamed|another spelling beside)$/, why: 'messageDigest may be missing' },
  { what: 'messageDigest', where: at('messageSignature\\.messageDigest'), why: 'a claim beside the artifact: it may be missing, and if it is there it has to be right' },
  { what: 'messageDigest.digest', where: at('messageSignature\\.messageDigest\\.digest'), op: /^(dropped|another type|text empty|cut)$/, why: 'an empty one is a missing one' },
  { what: 'kindVersion', where: at(`${ENTRY}\\.kindVersion`), why: 'says again what the signed body says: it may be missing, and if it is there it has to be right' },
  { what: 'logId cut to its first four bytes', where: at(`${ENTRY}\\.logId\\.keyId`), op: /^cut$/, why: 'which is how a trusted root of version 0.2 names the log as well' },
  { what: 'optional members under another name', where: at(ENTRY), op: /^renamed$/, why: 'kindVersion, and a promise or a proof beside the other, may be missing' },
  { what: 'integratedTime without a promise', where: at(`${ENTRY}\\.integratedTime`), when: hasNoPromise, why: 'no time, and not told' },
  { what: 'logIndex of Rekor v1 without a promise', where: at(`${ENTRY}\\.logIndex`), when: (bundle) => hasNoPromise(bundle) && bundle.includes('"0.0.1"'), why: 'counts over all of the log’s trees, and only a promise signs it: it is not told' },
]

const SPELLINGS: readonly Unsigned[] = [
  { what: 'numbers as numbers', where: at(`${ENTRY}\\.(logIndex|integratedTime)`, `${PROOF}\\.(logIndex|treeSize)`), op: /^number instead of text$/, why: 'protobuf’s JSON has both spellings' },
]

const SPARE: readonly Unsigned[] = [
  { what: 'spare witnesses', where: at(`${MATERIAL}\\.tlogEntries`, ENTRY, STAMPS, `${STAMPS}\\.rfc3161Timestamps`, `${STAMPS}\\.rfc3161Timestamps\\[\\]`), op: /^(dropped|another type|order|from another field)$/, why: 'a witness that is not needed may be left out, and its place is nobody’s word' },
  { what: 'spare witnesses under another name', where: at(MATERIAL, STAMPS), op: /^renamed$/, why: 'left out, under a name that nobody reads' },
  { what: 'a timestamp twice', where: at(`${STAMPS}\\.rfc3161Timestamps`), op: /^element twice$/, why: 'the same timestamp again: it counts once' },
  { what: 'a spare promise', where: at(`${ENTRY}\\.inclusionPromise`), op: /^(dropped|another type)$/, why: 'beside a proof, where another says the time' },
  { what: 'a spare proof', where: at(PROOF), op: /^(dropped|another type)$/, why: 'in a bundle of version 0.1, beside a promise' },
]

const SIGNATURES: readonly Unsigned[] = [
  { what: 'the twin of the signature', where: at('messageSignature\\.signature > /', 'dsseEnvelope\\.signatures\\[\\]\\.sig > /'), op: /^n - s$/, when: hasNoWitness, why: 'every ECDSA signature has a twin by the same key over the same bytes' },
  { what: 'the twin of the certificate’s signature', where: at(`${MATERIAL}\\.certificate\\.rawBytes > /2'`), op: /^n - s$/, when: (bundle) => !bundle.includes('"tlogEntries"'), why: 'where no log holds the certificate' },
  { what: 'the twin of the promise', where: at(`${ENTRY}\\.inclusionPromise\\.signedEntryTimestamp > /`), op: /^n - s$/, why: 'the twin of the log’s signature, over the same bytes' },
  { what: 'base64url in DSSE', where: at('dsseEnvelope\\.(payload|signatures\\[\\]\\.sig)(?: > .*)?'), op: /^base64 URL-safe$/, why: 'DSSE allows both alphabets for the same bytes' },
  { what: 'a field of no meaning in the envelope', where: at('dsseEnvelope'), op: /^another spelling beside$/, why: 'DSSE knows payloadType alone; payload_type beside it is read by nobody' },
  { what: 'keyid', where: at('dsseEnvelope\\.signatures\\[\\]'), op: /^another spelling beside$/, why: 'keyid is a hint' },
  { what: 'other lines of the checkpoint', where: at(`${PROOF}\\.checkpoint\\.envelope > beside the log’s signature`), why: 'witnesses and others below the checkpoint: only the log’s own is asked for' },
]

const CERTIFICATES: readonly Unsigned[] = [
  { what: 'certificates above the leaf', where: inside(`${ABOVE}\\[above\\]`, `${ABOVE}\\[above\\]\\.rawBytes(?: > )?`), why: 'certificates between come along only to help: the path goes through those that the caller trusts' },
  { what: 'number of certificates', where: at(ABOVE), op: /^(element twice|element of another bundle added)$/, why: 'as above: they come along only to help' },
]

const TOKENS: readonly Unsigned[] = [
  { what: 'status of the timestamp', where: inside(`${TOKEN}/0`), why: 'the status of the answer: granted, in either way, and any text' },
  { what: 'versions in the timestamp', where: inside(`${CMS}/0`, `${SIGNER}/0`), why: 'versions of the structures' },
  { what: 'hashes listed in the timestamp', where: inside(`${CMS}/1`), why: 'the list of hashes, which each signer names again' },
  { what: 'certificates in the timestamp', where: inside(`${CMS}/\\[0\\]`), why: 'certificates come along only to help: the caller knows the authority’s' },
  { what: 'unsigned parts added to the timestamp', where: at(CMS, SIGNER), op: /^DER element added$/, why: 'revocation lists, and attributes that are not signed' },
  { what: 'the twin of the timestamp’s signature', where: at(`${SIGNER}/5'`), op: /^n - s$/, why: 'the twin of the authority’s signature, over the same bytes' },
]

export const UNSIGNED: readonly Unsigned[] = [...CLAIMS, ...SPELLINGS, ...SPARE, ...SIGNATURES, ...CERTIFICATES, ...TOKENS]
