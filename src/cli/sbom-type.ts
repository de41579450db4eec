/** The media type of an SBOM by the first bytes of its file: SPDX or CycloneDX, in JSON, XML or SPDX's own lines. Null: none of them. */
export function sbomMediaType(head: Uint8Array): string | null {
  const text = new TextDecoder().decode(head).trimStart()
  if (text.startsWith('{')) {
    if (/"bomFormat"\s*:\s*"CycloneDX"/.test(text)) return 'application/vnd.cyclonedx+json'
    return /"(?:spdxVersion|SPDXID)"\s*:\s*"SPDX|https:\/\/spdx\.org\/rdf\//.test(text) ? 'application/spdx+json' : null
  }
  if (text.startsWith('<')) return /http:\/\/cyclonedx\.org\/schema\/bom\//.test(text) ? 'application/vnd.cyclonedx+xml' : null
  return /^SPDXVersion:\s*SPDX-/m.test(text) ? 'text/spdx' : null
}
