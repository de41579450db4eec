import { printable } from './escape.ts'

/** What in-toto statements (formats.md 8) and our own lists are called by people, by their types. */
const NAMES: Readonly<Record<string, string>> = {
  'https://slsa.dev/provenance/v0.2': 'SLSA provenance 0.2',
  'https://slsa.dev/provenance/v1': 'SLSA provenance 1',
  'https://spdx.dev/Document': 'SPDX SBOM',
  'https://cyclonedx.org/bom': 'CycloneDX SBOM',
  'https://cosign.sigstore.dev/attestation/vuln/v1': 'vulnerability scan',
  'https://in-toto.io/attestation/vulns/v0.1': 'vulnerability scan',
  'https://slsa.dev/verification_summary/v1': 'verification summary (VSA)',
  'https://openvex.dev/ns': 'OpenVEX statement',
  'application/vnd.sealdex.attached-list.v1': 'list of what is attached',
}

/** A version may follow these, as their specifications say. */
const VERSIONED = /^(https:\/\/(?:spdx\.dev\/Document|cyclonedx\.org\/bom|openvex\.dev\/ns))\/v([0-9][0-9.]*)$/

/** The name of a statement's kind; any other type as it stands, cut short. */
export function attachmentType(type: string, most: number): string {
  const [, base = type, version = ''] = VERSIONED.exec(type) ?? []
  const name = Object.hasOwn(NAMES, base) ? NAMES[base] : undefined
  return name === undefined ? printable(type, most) : `${name}${version === '' ? '' : ` ${version}`}`
}
