import { generateKey, parsePrivateKey, type GeneratedKey, type Signer } from '../../src/crypto/private-key.ts'
import type { KeyType } from '../../src/crypto/algorithms.ts'
import { exportSignatures, type ExportOptions, type ExportResult } from '../../src/edit/export.ts'
import { policyFromNotation } from '../../src/policy/notation.ts'
import { verify, type Verdict } from '../../src/index.ts'
import { makeParty, type Party, type PartyChoices } from '../notation/kit.ts'
import { pem } from '../sigstore/kit/keys.ts'
import { NOW } from '../sigstore/kit/window.ts'
import { instantTiming } from './clock.ts'
import { REPOSITORY, type Bench } from './fixture.ts'

export const REFERENCE: string = `${REPOSITORY}:v1`

/** Who signs with sealdex and with a certificate of notation: one key, two ways of RSA. */
export interface Person {
  /** As sealdex signs. */
  readonly signer: Signer
  /** As notation signs. */
  readonly notation: Signer
  readonly party: Party
  /** PEM, the leaf first. */
  readonly certificates: string
}

export async function person(type: KeyType = 'ec-p256', rsaBits: 2048 | 3072 = 2048, changes: PartyChoices['leaf'] = {}): Promise<Person> {
  return personOf(await generateKey(type, rsaBits), changes)
}

export async function personOf(key: GeneratedKey, leaf: PartyChoices['leaf'] = {}, root: PartyChoices['root'] = {}): Promise<Person> {
  const party = makeParty('exporter', { leaf: { spki: key.signer.publicKey.spki, ...leaf }, root })
  return { signer: key.signer, notation: await parsePrivateKey(key.pkcs8Pem(), undefined, 'pss'), party, certificates: party.chain.map((der) => pem('CERTIFICATE', der)).join('') }
}

export function exported(at: Bench, { notation, certificates }: Person, options: Partial<ExportOptions> = {}): Promise<ExportResult> {
  return exportSignatures(REFERENCE, { source: at.source, to: 'notation', signer: notation, certificates, at: new Date(NOW * 1_000), timing: instantTiming(), ...options })
}

/** By notation's own trust policy, level strict. */
export async function judged(at: Bench, { party }: Person, when: number = NOW, reference: string = REFERENCE): Promise<Verdict> {
  const statement = { name: 'p', registryScopes: ['*'], signatureVerification: { level: 'strict' }, trustStores: ['ca:own'], trustedIdentities: ['x509.subject: C=DE, ST=BE, O=Vendor, CN=exporter'] }
  const { policy } = await policyFromNotation({ trustPolicy: JSON.stringify({ version: '1.0', trustPolicies: [statement] }), stores: { 'ca:own': [party.rootPem] } })
  return verify(reference, { source: at.source, policy, all: true, at: new Date(when * 1_000) })
}

/** The one manifest that was written, with its envelope, opened. */
export function written(at: Bench, name: string, digest: string): { readonly manifest: Manifest; readonly header: Readonly<Record<string, unknown>>; readonly payload: string; readonly unsigned: Readonly<Record<string, unknown>> } {
  const manifest = at.json(digest) as Manifest
  const envelope = JSON.parse(new TextDecoder().decode(at.store.blob(name, manifest.layers[0]?.digest ?? '') ?? new Uint8Array())) as { protected: string; payload: string; header: Readonly<Record<string, unknown>> }
  const open = (text: string): string => Buffer.from(text, 'base64url').toString('utf8')
  return { manifest, header: JSON.parse(open(envelope.protected)) as Readonly<Record<string, unknown>>, payload: open(envelope.payload), unsigned: envelope.header }
}

interface Manifest {
  readonly layers: readonly { readonly mediaType: string; readonly digest: string }[]
  readonly annotations: Readonly<Record<string, string>>
}
