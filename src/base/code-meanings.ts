import type { Code } from './codes.ts'

/**
 * What each code means, in one sentence: for those who show it to a person. A file of its own, since who only decides does without.
 * docs/codes.md is written from this table, and a test holds that each is used and none is used that is not here.
 */
export const CODES: Readonly<Record<Code, string>> = {
  // wrong use
  'bad-reference': 'The image reference does not follow the grammar.',
  'bad-option': 'An option or argument of the call is wrong.',
  'bad-policy': 'The policy is not valid, or asks for something that this version does not read.',
  'bad-key': 'A key could not be read, or is of a kind or size that is not accepted.',
  'bad-password': 'The password does not open the encrypted private key.',

  // bytes and documents
  'malformed': 'Bytes of the right digest break the grammar of what they claim to be.',
  'malformed-json': 'The bytes are not strict JSON (UTF-8, no duplicate names, bounded depth).',
  'malformed-der': 'The bytes are not strict DER.',
  'malformed-base64': 'The text is not canonical base64.',
  'unsupported-digest': 'The digest is neither sha256 nor sha512 in lower-case hex.',
  'digest-mismatch': 'The bytes do not have the digest that was asked for.',
  'content-type-mismatch': 'The Content-Type contradicts the body, or the descriptor contradicts both.',

  // reading
  'not-found': 'What was asked for is not there.',
  'reference-not-found': 'The reference names nothing in this registry or layout.',
  'unauthorized': 'The registry asks for credentials, or refuses those given.',
  'rate-limited': 'The registry answered 429 and no retry fitted into the deadline.',
  'registry-error': 'The registry answered with a server error or something that is no answer of a registry.',
  'unreachable': 'The connection could not be made or broke.',
  'timeout': 'The deadline passed before the answer was complete.',
  'forbidden-address': 'The address, redirect or token realm is not one that may be asked.',
  'request-budget': 'The number of requests for one verification was used up.',
  'too-large': 'An object is larger than its limit.',
  'evidence-too-large': 'The evidence of one verification is larger than its limit.',
  'too-deep': 'Indexes are nested deeper than the limit.',
  'too-many-descriptors': 'An index lists more descriptors than the limit.',
  'too-many-referrers': 'A subject has more referrers than the limit.',
  'too-many-signatures': 'More signatures stand at a subject than are tried; the rest were left.',
  'not-in-evidence': 'The recorded evidence does not hold this place or object.',

  // signatures
  'malformed-signature': 'The signature, or what belongs to it, is broken in itself.',
  'signature-invalid': 'The key that comes with the signature does not verify it.',
  'other-digest': 'The signed payload names another digest than the one the signature stands beside.',
  'other-facts': 'The signed payload states another media type, size, platform or annotation than the descriptor it stands at.',
  'payload-unknown': 'No stored payload helped and none of the rebuilt ones verified; --signed-repository NAME names the repository it was signed under.',
  'no-trusted-key': 'No key that the policy names verifies the signature.',
  'outside-key-window': 'The signature is by a named key, but its time is not within the window that the policy gives the key.',
  'no-signature-time': 'The policy needs to know when it was signed, and the signature does not say.',
  'namespace-mismatch': 'The SSH signature is made in another namespace than the policy or the form demands.',
  'expired': 'The signature is past the expiry that its signer wrote into it.',
  'form-unsupported': 'The signature is of a form that this version recognises but does not verify yet.',
  'critical-unknown': 'The signature marks something as critical that this version does not read, so it must not be accepted.',
  'plugin-needed': 'The signature demands a verification plugin of notation, and none is run here.',
  'no-signing-authority': 'The signature is of a signing authority, and the policy trusts none.',
  'not-needed': 'The requirements were met without it.',

  // certificates and timestamps
  'bad-certificate': 'A certificate could not be read, or is of a kind that is not accepted.',
  'untrusted-certificate': 'The certificate does not lead to an authority that the caller trusts.',
  'certificate-expired': 'A certificate of the path was not valid at a time that counts, or no such time is proven.',
  'certificate-misused': 'A certificate of the path is not allowed what it is used for, or restricts it in a way that is not read.',
  'bad-timestamp': 'The RFC 3161 timestamp could not be read, or is about other bytes.',
  'untrusted-timestamp': 'No timestamp authority that the caller trusts verifies the timestamp.',

  // sigstore
  'bad-trust-root': 'The trusted root could not be read.',
  'trust-root-expired': 'The trust root, or the TUF metadata that vouch for it, are past their expiry, and no newer ones could be had.',
  'trust-root-invalid': 'The metadata that a mirror gives for the trust root are not signed as they must be, or break a rule of TUF.',
  'trust-root-old': 'The trust root that is built in is older than 180 days.',
  'bundle-unsupported': 'The bundle, or an entry in it, is of a version or kind that this version does not read.',
  'log-entry-invalid': 'The promise, proof or checkpoint of a log entry does not verify.',
  'log-entry-mismatch': 'The log entry is about another signature, key or digest than the one it stands beside.',
  'log-unknown': 'The log is none that the trusted root names, or its key was not valid at that time.',
  'no-log-entry': 'Fewer logs than are needed vouch for the signature.',
  'no-trusted-time': 'Nothing that is trusted says when it was signed.',
  'no-trusted-identity': 'The certificate is of none of the identities that are accepted.',
  'no-sct': 'Fewer certificate transparency logs than are needed vouch for the certificate.',
  'other-signer': 'It is signed by a certificate where a key was named, or the other way round.',
  'artifact-needed': 'The signature can only be checked over the artifact itself, not over this digest of it.',

  // signing without a key
  'bad-token': 'The identity token could not be read, is past its expiry, or names an address that nobody verified.',
  'bad-signing-config': 'The signing config could not be read, or names no services that can be used.',
  'service-error': 'A signing service (Fulcio, a log, a timestamp authority) refused, or what it answered is no answer.',

  // writing
  'tag-immutable': 'The registry does not let this tag be moved; the layout `detached` needs no tag.',
  'write-contended': 'Someone else wrote to the same place meanwhile.',
  'tag-changed': 'The tag names another image than the one that was read, so nothing of it was signed.',
  'bound-elsewhere': 'Signatures or other things are bound to the digest that the tag names now, and would not be found under the new one.',
  'cannot-convert': 'The signature cannot be brought into the form that was asked for: what it signs is not known, or is not what that form signs.',
  'registry-full': 'The registry has no room left for what was to be written.',
  'delete-refused': 'The registry does not let this be deleted, so it stays.',

  // what a writer saw
  'copy-leaves-behind': 'Some tools copy the image without what was written.',
  'copy-breaks': 'Some tools refuse to copy the image as it is written now.',
  'not-atomic': 'No registry makes this edit of a tag atomic.',
  'digest-changed': 'The tag names a new digest.',
  'became-oci-index': 'A Docker manifest list became an OCI index, since only that can carry annotations.',
  'replaced': 'Something that is no signed index stood in this place and was replaced.',
  'others-kept': 'Entries of other tools stand in the same place and were kept.',
  'overwritten': 'Another writer overwrote this place meanwhile.',
  'not-listed': 'The registry took the signed index and does not list it yet.',
  'earlier-stays': 'The earlier signature could not be taken away and stays beside the new one.',

  // reasons of a verdict
  'requirements-met': 'Every requirement of the policy is met.',
  'no-scope': 'No scope of the policy matches the repository; without one nothing is allowed.',
  'rejected': 'The policy rejects this repository.',
  'revoked': 'The policy revokes this digest, or a key that signed it.',
  'not-covered': 'A manifest that would run is covered by no accepted signature.',
  'threshold-not-met': 'Fewer distinct signers than the policy demands cover a manifest that would run.',
  'index-not-signed': 'The policy demands that the index itself is signed, and no accepted signature covers it as a whole.',
  'set-unsigned': 'Each platform is signed, but nobody vouches for the set of them.',
  'runtime-divergence': 'Some kind of runtime would take something that is not covered, in place of what is.',
  'nothing-runnable': 'The index lists nothing that would run, and it is not signed itself.',
  'no-such-platform': 'The image has nothing for the platform that was asked for.',
  'repository-not-met': 'The signature does not say the repository that the policy demands.',
  'tag-not-met': 'The signature does not say the tag that was asked for.',
  'annotation-not-met': 'The signature does not say an annotation that the policy demands.',
  'attestation-not-met': 'An attestation that the policy demands is missing, is signed by nobody whom it names, or does not say what it demands.',
  'too-old': 'The signature is older than the policy allows, or does not say when it was made.',
  'place-failed': 'A place where signatures may stand could not be read.',
  'incomplete': 'What is attached is not what the newest accepted list says, or no signer of the policy vouches for a list.',
  'no-signature': 'No signature was found in any place.',
  'recorders-word': 'What a tag names, and that something is absent, is the word of the registry and of whoever recorded its answers.',
  'not-locked': 'The lock file does not name this reference.',
  'lock-older': 'A signature is older than the one that the lock file pins.',
  'lock-digest': 'The reference names another digest than the lock file pins, and no newer signature says that this is meant.',
  'lock-signers': 'A signer whom the lock file pins did not sign this.',
}
