import { parseReference, type Inspection, type InspectedNode, type InspectedSignature, type Policy, type PublicKey } from '../index.ts'
import type { Trust } from './trust.ts'

type Signer = Policy['entries'][number]['signers'] extends ReadonlyMap<string, infer S> ? S : never

/** A policy file (schema/policy.v1.json) that demands what is proved: one of the signers found, for this repository. Null where nothing is proved. */
export function starterPolicy(inspection: Inspection, trust: Trust | null): object | null {
  const { name } = parseReference(inspection.reference).repository
  const signatures = [...signaturesOf(inspection.root), ...inspection.elsewhere.flatMap((one) => one.signatures)]
  const accepted = signatures.filter(({ state, signer }) => state === 'accepted' && signer !== null)
  const known = new Map(trust?.policy.entries.flatMap((entry) => [...entry.signers]))
  const found = [...new Set(accepted.map(({ signer }) => signer))].flatMap((signer) => (signer === null ? [] : (known.get(signer) ?? [])))
  const names = new Map<string, object>()
  for (const signer of found) names.set(freeName(trust?.fileNames.get(signer.name) ?? signer.name, names), signerOf(signer))
  // whom the trusted root proves and no signer names yet
  const proved = signatures.filter(({ state, signer, proof }) => state === 'untrusted' && signer === null && proof !== null && proof.identity !== null)
  const identities = new Map(proved.map(({ proof }) => [`${proof?.identity ?? ''}\n${proof?.issuer ?? ''}`, { identity: proof?.identity, issuer: proof?.issuer }]))
  for (const identity of identities.values()) names.set(freeName('identity', names), identity)
  if (names.size === 0) return null
  const own = [...accepted, ...proved].every(({ signed }) => signed?.repository === name)
  return {
    version: 1,
    policies: [{
      name: 'starter',
      scopes: [name],
      signers: Object.fromEntries(names),
      require: { signatures: { from: [...names.keys()], threshold: 1 }, coverage: 'all', ...(own && { repository: true }) },
    }],
  }
}

function signaturesOf(node: InspectedNode | null): InspectedSignature[] {
  return node === null ? [] : [...node.signatures, ...node.children.flatMap(signaturesOf)]
}

/** `release.pub` is `release`; a key without a file is called by the start of its identifier. */
function freeName(text: string, taken: ReadonlyMap<string, unknown>): string {
  const base = text.replace(/^key:([0-9a-f]{12}).*$/, 'key-$1').replace(/^keyless:.*$/s, 'identity').replace(/\.(?:pub|pem|jwk|json)$/, '')
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`
    if (!taken.has(name)) return name
  }
}

/** The namespace in which SSH signatures of images are made (formats.md 4). */
const IMAGE_NAMESPACE = 'org.notaryproject.sign'

function signerOf(signer: Signer): object {
  if (signer.kind === 'ssh') return { ssh: { key: pemOf(signer.keys[0].key), namespaces: signer.namespaces ?? [IMAGE_NAMESPACE], ...(signer.principals.length > 0 && { principals: signer.principals }) } }
  if (signer.kind === 'x509') return { x509: x509Of(signer) }
  if (signer.kind === 'keyless') return { ...(signer.identity === null ? { identityPattern: signer.identityPattern } : { identity: signer.identity }), issuer: signer.issuer }
  return { keys: signer.keys.map(({ key }) => ({ key: pemOf(key) })) }
}

function x509Of({ roots, signingAuthorities, subject, tsa, verifyTimestamp }: Extract<Signer, { readonly kind: 'x509' }>): object {
  const list = (certificates: typeof roots): readonly string[] => certificates.map(({ der }) => pemText('CERTIFICATE', der))
  return {
    ...(roots.length > 0 && { roots: list(roots) }),
    ...(signingAuthorities.length > 0 && { signingAuthorities: list(signingAuthorities) }),
    ...(subject === null ? { anySubject: true } : { subject: subject.text }),
    ...(tsa.length > 0 && { tsa: list(tsa), verifyTimestamp }),
  }
}

function pemOf(key: PublicKey): string {
  return pemText('PUBLIC KEY', key.spki)
}

function pemText(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
