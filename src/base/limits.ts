/**
 * Every bound in one place, each with its reason (rule R11). Past one of them the outcome is `indeterminate` with a code, never a guess.
 */
export const LIMITS = {
  /** Bytes of one manifest or index: registries stop at 4 MiB as well (measured: distribution and zot answer 400 or 413 above). */
  manifestBytes: 4 * 1024 * 1024,
  /** Bytes of one signature payload or other blob that a verdict reads: real ones are under 100 KiB (CVE-2024-29902). */
  blobBytes: 1024 * 1024,
  /** Levels of indexes below the reference: real ones have two; registries take 200. */
  indexDepth: 4,
  /** Descriptors in one index. */
  descriptors: 1_000,
  /** Signatures tried for one subject: constant cost for an attacker's 100,000 (CVE-2023-46737). */
  signaturesTried: 64,
  /** Referrers of one subject whose manifests are read. */
  referrers: 256,
  /** Bytes of all that one verification reads. */
  evidenceBytes: 16 * 1024 * 1024,
  /** Bytes of an evidence tar that is taken in, with headers and padding. */
  tarBytes: 64 * 1024 * 1024,
  /** Requests of one verification where nothing else is said; a Worker sets 40, so that a free edge plan's 50 suffice. */
  requests: 400,
  /** Milliseconds for one verification, all requests together. */
  deadlineMs: 10_000,
  /** Depth of JSON: the deepest real document (an SPDX predicate in a bundle) has under 20 levels. */
  jsonDepth: 64,
  /** Depth of DER (CVE-2025-66031). */
  derDepth: 16,
  /** Redirects followed for one request. */
  redirects: 5,
  /** Pages of one list of referrers. */
  pages: 16,
  /** Bits of an RSA modulus, least and most; the exponent is 65,537 (Node verifies a forgery for e = 1). */
  rsaBits: { min: 2048, max: 4096 },
  /** How far `signedAt` may lie ahead of the clock, in seconds (W5). */
  clockSkewSeconds: 300,
} as const
