/** Every annotation key that is read or written, in one vocabulary (formats.md 4, 5, 6, 10; signed-index.md W1, W5, E2). */
export const ANNOTATION = {
  // cosign's signature and what belongs to it, on a `.sig` layer or a descriptor; in a signed index each may carry a suffix
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',

  // what sealdex writes beside a signature (W1)
  payload: 'dev.sealdex/payload',
  key: 'dev.sealdex/key',
  tombstone: 'dev.sealdex/removed',

  // the other written forms of signed indexes
  listing: 'org.opencontainers.signatures.index',
  genericPrefix: 'sign.',
  jsonList: 'org.opencontainers.signature',
  inlinePrefix: 'org.notaryproject.signature.',

  // attachments
  referenceType: 'org.opencontainers.reference.type',
  referenceDigest: 'org.opencontainers.reference.digest',
  reference: 'org.opencontainers.reference',
  dockerReferenceType: 'vnd.docker.reference.type',
  dockerReferenceDigest: 'vnd.docker.reference.digest',
  predicateType: 'in-toto.io/predicate-type',

  // artifacts that are attached: a file's name, and what cosign says of a bundle (formats.md 6)
  title: 'org.opencontainers.image.title',
  created: 'org.opencontainers.image.created',
  bundleContent: 'dev.sigstore.bundle.content',
  bundlePredicateType: 'dev.sigstore.bundle.predicateType',
  notationThumbprints: 'io.cncf.notary.x509chain.thumbprint#S256',

  // image layouts
  refName: 'org.opencontainers.image.ref.name',
  cosignKind: 'kind',

  // recorded evidence (E2)
  evidence: 'dev.sealdex/evidence',
  places: 'dev.sealdex/places',
  failures: 'dev.sealdex/failures',
  evidenceReference: 'dev.sealdex/reference',
  recordedAt: 'dev.sealdex/recordedAt',
  listed: 'dev.sealdex/listed',
} as const

/** Keys of signed facts in a payload's `optional` part (W5). `-a` refuses the prefix. */
export const FACT = {
  prefix: 'dev.sealdex/',
  repository: 'dev.sealdex/repository',
  tag: 'dev.sealdex/tag',
  platform: 'dev.sealdex/platform',
  signedAt: 'dev.sealdex/signedAt',
  expiresAt: 'dev.sealdex/expiresAt',
  role: 'dev.sealdex/role',
} as const
