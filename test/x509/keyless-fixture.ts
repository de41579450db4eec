import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadTrustedRoot } from '../../src/sigstore/trusted-root.ts'
import type { TrustedRoot } from '../../src/sigstore/trust.ts'
import { parseCertificate, type Certificate } from '../../src/x509/certificate.ts'
import { FIXTURES, fixtureText, readCase } from '../fixtures.ts'

type Bytes = Uint8Array<ArrayBuffer>

interface BundleJson {
  readonly verificationMaterial: {
    readonly certificate?: { readonly rawBytes: string }
    readonly x509CertificateChain?: { readonly certificates: readonly { readonly rawBytes: string }[] }
    readonly timestampVerificationData?: { readonly rfc3161Timestamps?: readonly { readonly signedTimestamp: string }[] }
  }
  readonly dsseEnvelope?: { readonly signatures: readonly { readonly sig: string }[] }
  readonly messageSignature?: { readonly signature: string }
}

/** What the real tools made, taken out of the first bundle of a fixture. */
export interface KeylessFixture {
  readonly leaf: Certificate
  readonly others: readonly Certificate[]
  readonly timestamps: readonly Bytes[]
  readonly signature: Bytes
  readonly root: TrustedRoot
  readonly identity: { readonly san: string; readonly issuer: string }
  readonly extensions: Readonly<Record<string, string>>
}

const decode = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'base64'))

export async function keylessFixture(name: string): Promise<KeylessFixture> {
  const { verificationMaterial: material, dsseEnvelope, messageSignature } = bundleOf(name)
  const raw = material.certificate === undefined ? (material.x509CertificateChain?.certificates ?? []) : [material.certificate]
  const [leaf, ...others] = raw.map(({ rawBytes }) => parseCertificate(decode(rawBytes)))
  if (leaf === undefined) throw new Error(`${name} has no certificate`)
  const own = readCase(name) as unknown as { identity: KeylessFixture['identity']; extensions?: Record<string, string> }
  return {
    leaf, others,
    timestamps: (material.timestampVerificationData?.rfc3161Timestamps ?? []).map(({ signedTimestamp }) => decode(signedTimestamp)),
    signature: decode(dsseEnvelope?.signatures[0]?.sig ?? messageSignature?.signature ?? ''),
    root: await loadTrustedRoot(fixtureText(name, 'trusted_root.json')),
    identity: own.identity,
    extensions: own.extensions ?? {},
  }
}

function bundleOf(name: string): BundleJson {
  const folder = join(FIXTURES, name, 'layout/blobs/sha256')
  const text = readdirSync(folder).sort().map((file) => readFileSync(join(folder, file), 'utf8')).find((content) => content.includes('"verificationMaterial"'))
  if (text === undefined) throw new Error(`${name} has no bundle`)
  return JSON.parse(text) as BundleJson
}
