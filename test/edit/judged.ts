import { utf8Encode } from '../../src/base/bytes.ts'
import { writePem } from '../../src/crypto/pem.ts'
import type { Signer } from '../../src/crypto/private-key.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { verify, type VerifyOptions } from '../../src/verify/verify.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { AT, REPOSITORY, type Bench } from './fixture.ts'

/** A policy that these keys are named in. */
export function policyOf(keys: readonly Signer[], require: object = {}): Promise<Policy> {
  const signers = Object.fromEntries(keys.map(({ publicKey }, i) => [`signer${i}`, { keys: [{ key: writePem('PUBLIC KEY', publicKey.spki) }] }]))
  return parsePolicy(utf8Encode(JSON.stringify({ version: 1, policies: [{ name: 'test', scopes: ['*'], signers, require }] })))
}

/** What the verifier says of the bench's image. */
export function judgedBy(at: Bench, keys: readonly Signer[], require: object = {}, options: Partial<VerifyOptions> = {}): Promise<Verdict> {
  return verify(`${REPOSITORY}:v1`, { source: at.source, policy: policyOf(keys, require), at: new Date(AT * 1000), ...options })
}
