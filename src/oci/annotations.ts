/* Every annotation key that is read or written, in one vocabulary (formats.md 4, 5, 6, 10; signed-index.md W1, W5, E2). Imported whole, as ANNOTATION. */

// cosign's signature and what belongs to it, on a `.sig` layer or a descriptor; in a signed index each may carry a suffix
export const signature = 'dev.cosignproject.cosign/signature'
export const certificate = 'dev.sigstore.cosign/certificate'
export const chain = 'dev.sigstore.cosign/chain'
export const bundle = 'dev.sigstore.cosign/bundle'
export const timestamp = 'dev.sigstore.cosign/rfc3161timestamp'

// what sealdex writes beside a signature (W1)
export const payload = 'dev.sealdex/payload'
export const key = 'dev.sealdex/key'
export const tombstone = 'dev.sealdex/removed'

// the other written forms of signed indexes
export const listing = 'org.opencontainers.signatures.index'
export const genericPrefix = 'sign.'
export const jsonList = 'org.opencontainers.signature'
export const inlinePrefix = 'org.notaryproject.signature.'

// attachments
export const referenceType = 'org.opencontainers.reference.type'
export const referenceDigest = 'org.opencontainers.reference.digest'
export const reference = 'org.opencontainers.reference'
export const dockerReferenceType = 'vnd.docker.reference.type'
export const dockerReferenceDigest = 'vnd.docker.reference.digest'
export const predicateType = 'in-toto.io/predicate-type'

// artifacts that are attached: a file's name, and what cosign says of a bundle (formats.md 6)
export const title = 'org.opencontainers.image.title'
export const created = 'org.opencontainers.image.created'
export const bundleContent = 'dev.sigstore.bundle.content'
export const bundlePredicateType = 'dev.sigstore.bundle.predicateType'
export const notationThumbprints = 'io.cncf.notary.x509chain.thumbprint#S256'

// image layouts
export const refName = 'org.opencontainers.image.ref.name'
export const cosignKind = 'kind'

// recorded evidence (E2)
export const evidence = 'dev.sealdex/evidence'
export const places = 'dev.sealdex/places'
export const failures = 'dev.sealdex/failures'
export const evidenceReference = 'dev.sealdex/reference'
export const recordedAt = 'dev.sealdex/recordedAt'
export const listed = 'dev.sealdex/listed'
