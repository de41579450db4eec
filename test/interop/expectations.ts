/** What can survive, as design/compatibility.md says it: the cells that the matrix is measured against. */
export type LayoutName = 'detached' | 'detached --each' | 'flat' | 'flat, SBOM descriptor with artifactType' | 'nested'
export const LAYOUTS: readonly LayoutName[] = ['detached', 'detached --each', 'flat', 'flat, SBOM descriptor with artifactType', 'nested']

/** docker-registry has the digest tag only, olareg the list of referrers. */
export const REGISTRIES = ['docker-registry', 'olareg'] as const
export type RegistryName = (typeof REGISTRIES)[number]

/** distribution 3 has the digest tag only, as docker-registry: it is asked where a registry of another make might say something else. */
export type AnyRegistry = RegistryName | 'distribution'
export const ALL_REGISTRIES: readonly AnyRegistry[] = [...REGISTRIES, 'distribution']

/**
 * `ok`: it is allowed at the destination, or (pulled) is the right image; `other digest`: allowed, but the index was rewritten on the way; `lost`: the right
 * image without its signature; `fails`: the client says no.
 */
export type Expected = 'ok' | 'other digest' | 'lost' | 'fails'

/** Copies that carry only what the index names, so that what stands beside it is lost. */
const INDEX_ONLY: ReadonlySet<string> = new Set([
  'crane pull --format oci', 'crane copy', 'oras copy', 'regctl image copy', 'skopeo copy --all, to a layout', 'skopeo copy --all, to a registry', 'cosign copy -f',
])

/** What differs in `detached` (both ways) between the two places where it stands. */
const DETACHED: Readonly<Record<RegistryName, Readonly<Record<string, Expected>>>> = {
  'docker-registry': {
    // it takes what the digest tag lists for referrers, the image itself among it, and looks for that at the destination too early
    'oras copy -r': 'fails',
    // it takes the digest tag for a list of referrers, and carries only those that name their subject
    'regctl image copy --referrers': 'lost',
    'regctl image copy --digest-tags': 'ok',
    // --referrers makes it leave out the tag that --digest-tags would copy
    'regctl image copy --referrers --digest-tags': 'lost',
  },
  'olareg': {
    'oras copy -r': 'ok',
    'regctl image copy --referrers': 'ok',
    'regctl image copy --digest-tags': 'lost',
    'regctl image copy --referrers --digest-tags': 'ok',
  },
}

export function expected(client: string, layout: LayoutName, registry: RegistryName): Expected {
  const all = client.startsWith('skopeo copy --all')
  if (layout === 'nested') return all ? 'fails' : 'ok'
  if (layout === 'flat') return 'ok'
  // skopeo 1.9.3 knows no artifactType in a descriptor and writes the index without it
  if (layout === 'flat, SBOM descriptor with artifactType') return all ? 'other digest' : 'ok'
  return INDEX_ONLY.has(client) ? 'lost' : (DETACHED[registry][client] ?? 'ok')
}
