import { quoted } from '../base/quoted.ts'
import { fail } from './fail.ts'
import type { AttestationDemand } from './policy.ts'
import type { PolicyFileAttestation } from './schema.ts'

/** cosign's statement that an image is signed: a signature, so it attests nothing (R10). */
export const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1'

/** Reads one demand; throws `bad-policy` for what nobody could meet or what was meant otherwise. */
export function readDemand(entry: string, { predicateType, from: named = [], where = [] }: PolicyFileAttestation, signers: readonly string[]): AttestationDemand {
  const called = `the attestation ${quoted(predicateType)}`
  if (predicateType === SIGN_PREDICATE) fail(entry, `demands ${called}, which is a signature; require.signatures demands those`)
  if (!/^[a-z][a-z0-9+.-]*:./i.test(predicateType)) fail(entry, `demands ${called}; write the whole predicate type, a URI, as it is signed`)
  const unknown = named.find((name) => !signers.includes(name))
  if (unknown !== undefined) fail(entry, `demands ${called} from "${unknown}", which is no signer of it`)
  if (new Set(named).size !== named.length) fail(entry, `names a signer twice for ${called}`)
  for (const { path } of where) if (!/^(?:\/(?:[^~/]|~[01])*)+$/.test(path)) fail(entry, `has the path ${quoted(path)} for ${called}; write a JSON Pointer such as /buildDefinition/buildType`)
  return { predicateType, from: named.length === 0 ? signers : named, where }
}
