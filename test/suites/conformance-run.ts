import { base64Decode } from '../../src/base/bytes.ts'
import { SealdexError } from '../../src/base/errors.ts'
import { parsePublicKey } from '../../src/crypto/public-key.ts'
import { loadTrustedRoot } from '../../src/sigstore/trusted-root.ts'
import { verifyBundle } from '../../src/sigstore/verify-bundle.ts'

/** One case of sigstore-conformance, all files in it; bytes in base64. */
export interface ConformanceCase {
  readonly name: string
  readonly bundle: string
  readonly artifact: string
  readonly sha256: string
  /** PEM. */
  readonly key: string | null
  readonly identity: string | null
  readonly issuer: string | null
  readonly trustedRoot: string
  readonly at: string
}

/** Runs in every runtime: by the artifact's bytes and by its digest, `accepted` or the code and the sentence of the refusal. Anything else that is thrown is an error of the suite. */
export async function run(input: unknown): Promise<Record<string, string>> {
  const answers: Record<string, string> = {}
  for (const each of input as readonly ConformanceCase[]) {
    answers[`${each.name} by path`] = await answer(each, base64Decode(each.artifact))
    answers[`${each.name} by digest`] = await answer(each, `sha256:${each.sha256}`)
  }
  return answers
}

async function answer({ bundle, key, identity, issuer, trustedRoot, at }: ConformanceCase, artifact: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const signer = { ...(key === null ? {} : { key: await parsePublicKey(key) }), ...(identity === null ? {} : { identities: [{ identity, issuer: issuer ?? '' }] }) }
  const trust = await loadTrustedRoot(base64Decode(trustedRoot))
  try {
    await verifyBundle(base64Decode(bundle), artifact, trust, { ...signer, at: new Date(at) })
    return 'accepted'
  } catch (error) {
    if (error instanceof SealdexError) return `${error.code}: ${error.message}`
    throw error
  }
}
