import { SealdexError } from '../base/errors.ts'
import type { Digest } from '../crypto/digest.ts'
import { cosignTag, digestTag } from '../oci/place.ts'
import type { Loaded } from '../verify/objects.ts'
import type { Signing } from './context.ts'

/**
 * What is bound to a digest, so that nobody would find it under another: in words, empty if nothing is. Throws where a place could not be read,
 * since then it is not known.
 */
export async function boundTo({ objects }: Signing, digest: Digest): Promise<readonly string[]> {
  const tags = [digestTag(digest), cosignTag(digest, 'sig'), cosignTag(digest, 'att')] as const
  const [list, atDigestTag, sig, att] = await Promise.all([
    objects.source.referrers(objects.repository, digest, objects.guard), objects.tagged(tags[0]), objects.tagged(tags[1]), objects.tagged(tags[2]),
  ])
  if (list.state === 'failed') throw new SealdexError(list.code, list.message)
  return [
    ...(list.state === 'read' && list.value.length > 0 ? [`${list.value.length} in its list of referrers`] : []),
    ...(isThere(atDigestTag) && listsSomething(atDigestTag, digest) ? [`what stands at the tag ${tags[0]}`] : []),
    ...(isThere(sig) ? [`cosign's signatures at the tag ${tags[1]}`] : []),
    ...(isThere(att) ? [`cosign's attestations at the tag ${tags[2]}`] : []),
  ]
}

function isThere(loaded: Loaded): boolean {
  if (loaded.state === 'failed') throw new SealdexError(loaded.code, loaded.message)
  return loaded.state !== 'absent'
}

/** An image, or the subject itself, which `cosign copy` puts there, binds nothing. */
function listsSomething(atDigestTag: Loaded, subject: Digest): boolean {
  if (atDigestTag.state !== 'read') return true
  const { document, digest } = atDigestTag.value
  return document.kind === 'index' && digest !== subject && document.manifests.length > 0
}
