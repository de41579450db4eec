/*
 * Every bound in one place, each with its reason (rule R11). Past one of them the outcome is `indeterminate` with a code, never a guess. Imported whole, as LIMITS;
 * a bundle then keeps of it what it uses.
 */

/** Bytes of one manifest or index: registries stop at 4 MiB as well (measured: distribution and zot answer 400 or 413 above). */
export const manifestBytes = 4_194_304
/** Bytes of one signature payload or other blob that a verdict reads: real ones are under 100 KiB (CVE-2024-29902). */
export const blobBytes = 1_048_576
/** Levels of indexes below the reference: real ones have two; registries take 200. */
export const indexDepth = 4
/** Descriptors in one index. */
export const descriptors = 1_000
/** Objects in one graph, nested indexes and all they list: real ones have under 100, and each platform costs a look at all the others (R7). */
export const graphNodes = 2_000
/** Signatures tried for one subject: constant cost for an attacker's 100,000 (CVE-2023-46737). */
export const signaturesTried = 64
/** Signatures tried in one verification: 1,000 subjects with 64 each would be minutes of work. */
export const signaturesTriedInAll = 2_048
/**
 * Verifications of one signature by one key in one verdict, certificates and what vouches for them included: 2,048 signatures with three payloads and 32 keys each
 * would be 200,000, five minutes of work for P-521 (measured). A signature that names its key needs one; 100 that name none, by one of 32 keys, need at most 3,200.
 */
export const attempts = 4_096
/** Referrers of one subject whose manifests are read. */
export const referrers = 256
/** Attestation manifests of BuildKit in one graph that are followed: there is one for each platform, and each costs three requests. */
export const attestationManifests = 64
/** Signatures in one DSSE envelope; each is tried with each key. */
export const envelopeSignatures = 8
/** Bytes of all that one verification reads. */
export const evidenceBytes = 16_777_216
/** Bytes of an evidence tar that is taken in, with headers and padding. */
export const tarBytes = 67_108_864
/** Requests of one verification where nothing else is said; a Worker sets 40, so that a free edge plan's 50 suffice. */
export const requests = 400
export const workerRequests = 40
/** Documents that are not parsed again, and the size of one that is worth it: some 20 MiB at the most. */
export const rememberedDocuments = 64
export const rememberedBytes = 65_536
/** Milliseconds for one verification, all requests together. */
export const deadlineMs = 10_000
/** Depth of JSON: the deepest real document (an SPDX predicate in a bundle) has under 20 levels. */
export const jsonDepth = 64
/** Depth of DER (CVE-2025-66031): a timestamp that names its certificate has 19 levels. */
export const derDepth = 32
/** Bytes of one certificate: real ones have under 4 KiB. */
export const certificateBytes = 65_536
/** Certificates of one path, and of those that come along with a signature (sigstore's clients stop at 10 too). */
export const pathCertificates = 10
/** Certificates of one PEM text: a trust store may hold a company's authorities. */
export const pemCertificates = 100
/** Possible issuers that are looked at in one search for a path: certificates of one name and key would make 10! paths. */
export const pathSteps = 64
/** Bytes of one RFC 3161 timestamp: real ones with all their certificates have under 8 KiB. */
export const timestampBytes = 65_536
/** Bytes that are hashed at once instead of by WebCrypto, whose answer from another thread takes 60 µs and 30 to 40 of a processor: as much as these. */
export const hashedAtOnceBytes = 8_192
/** Signed certificate timestamps in one certificate: real ones have one to three. */
export const certificateScts = 16
/**
 * One run of a TUF client: the figures of the reference implementations. Real files of Sigstore's repository have 6 kB (root) to 20 kB (targets), its root was changed 16 times in five years,
 * and at most two roles are asked for a target.
 */
export const tuf = {
  rootBytes: 512_000, timestampBytes: 16_384, snapshotBytes: 2_000_000, targetsBytes: 5_000_000, targetBytes: 1_048_576, totalBytes: 33_554_432,
  rootRotations: 256, delegations: 32, delegationsListed: 1_024, signatures: 64, keys: 256,
} as const
/** Days after which a verdict warns of the built-in trust root: Sigstore changes its own about twice a year. */
export const builtInRootDays = 180
/** Redirects followed for one request. */
export const redirects = 5
/** Pages of one list of referrers. */
export const pages = 16
/** Bytes of the answer of a token server: real tokens have under 8 KiB. */
export const tokenBytes = 65_536
/** Bytes of a registry's error document that are looked at. */
export const errorBytes = 16_384
/** Waits for one request after 429, each as long as Retry-After says: more means that we are not wanted. */
export const rateLimitWaits = 3
/** Tokens and challenges kept in memory by one registry client; the oldest go first. */
export const tokensKept = 256
/** Manifests of an image layout that are looked at to find the referrers among them. */
export const layoutManifests = 4_000
/** Bits of an RSA modulus, least and most; the exponent is 65,537 (Node verifies a forgery for e = 1). */
export const rsaBits = { min: 2048, max: 4096 } as const
/** A write follows the read that it rests on within these milliseconds, or reads again (W4). */
export const writeAfterReadMs = 2_000
/** Milliseconds without any change, its entry there, after which a writer is done: longer than another's read can be old (W4). */
export const writeWatchMs = 3_000
/** Where others never stop writing: milliseconds after which an entry that was always there counts as staying. */
export const writeLongestWatchMs = 20_000
/** Milliseconds after which a writer gives up against others (W4). */
export const writeGiveUpMs = 120_000
/** Longest of a writer's growing random waits, milliseconds: long enough for 64 writers at once, short beside the 120 s. */
export const writeLongestWaitMs = 4_000
/** Milliseconds, requests and bytes of one `sign`: the 120 s of W4 with a read every half second, for an index of 1 MiB. */
export const signDeadlineMs = 150_000
export const signRequests = 2_000
export const signBytes = 268_435_456
/** Bytes of one piece of a large upload: few requests (128 for 1 GiB), little memory. What a registry may ask for at most. */
export const uploadPieceBytes = 8_388_608
export const uploadLongestPieceBytes = 33_554_432
/** Bytes a second that an upload may be counted on, for its deadline: 1 GiB then has over two hours. */
export const uploadBytesPerSecond = 131_072
/** Milliseconds, requests and bytes of manifests of one copy: an hour for its layers, 1,000 manifests with all that is attached to each, and what is held of them in memory. */
export const copyDeadlineMs = 3_600_000
export const copyRequests = 50_000
export const copyManifestBytes = 67_108_864
/** Levels of what is attached to what is attached: real ones have two (an SBOM, its signature). */
export const attachedDepth = 4
/** Milliseconds without a byte after which a layer's transfer is given up (T55): a registry may take minutes to file a large one after its last byte. */
export const copyStallMs = 300_000
/** Characters of an identity token: real ones have under 4,000. */
export const identityTokenLength = 16_384
/** Bytes of an answer of Fulcio or a log: a chain or an entry with its proof has under 20 kB. */
export const serviceBytes = 262_144
/** Requests of one `sign` to signing services: a certificate, then a log entry and a timestamp for each of the platforms. */
export const serviceRequests = 4_096
/** Log entries and timestamps in one bundle: real ones have one or two of each (formats.md 7.1). */
export const bundleLogEntries = 32
export const bundleTimestamps = 32
/** Certificates of one chain, in a bundle or a trusted root: real ones have one to three. */
export const chainCertificates = 8
/** Subjects of one statement (CVE-2024-45395). */
export const statementSubjects = 1_024
/** Signatures under one checkpoint: the log's and its witnesses'. */
export const checkpointSignatures = 64
/** Logs or authorities of each kind in a trusted root: the public one has two. */
export const trustedRootEntries = 64
/** How far `signedAt` may lie ahead of the clock, in seconds (W5). */
export const clockSkewSeconds = 300
/**
 * Bytes of a JSON question to the server, and keys of the policy in it: a compressed P-521 point costs 10 ms to read, and who asks with 64 keys would have all of
 * `attempts` made for a few signatures.
 */
export const questionBytes = 131_072
export const questionKeys = 8
/** Bytes of an evidence tar that the server takes, unpacked: the evidence of one verification, with headers and padding. */
export const postedTarBytes = 18_874_368
/** Milliseconds in which a question's body must have arrived (T55). */
export const bodyMs = 10_000
/** Characters of a question's URL: a reference and a name fit many times over. */
export const urlLength = 4_096
/** Questions that `serve` works on at once, each within its 16 MiB; how many may wait for that, and how many milliseconds. */
export const serverWorking = 64
/** Besides, those that hold a posted tar: packed and unpacked 36 MiB each. */
export const serverTars = 8
export const serverWaiting = 2_048
export const serverWaitMs = 10_000
