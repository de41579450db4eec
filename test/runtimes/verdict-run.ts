import { base64Decode } from '../../src/base/bytes.ts'
import { encodeVerdict, openEvidence, policyFromOptions, verify } from '../../src/index.ts'

/** One judgement of a fixture as JSON. */
export interface VerdictCase {
  readonly name: string
  readonly reference: string
  /** The layout as a tar, base64. */
  readonly tar: string
  readonly keys: readonly string[]
  readonly allowedSigners: string | null
  readonly platform: string | null
  readonly at: string
}

/** The bytes of the verdict of each case. */
export async function run(input: unknown): Promise<readonly string[]> {
  const verdicts: string[] = []
  for (const one of input as readonly VerdictCase[]) {
    const verdict = await verify(one.reference, {
      source: await openEvidence(base64Decode(one.tar)),
      policy: policyFromOptions({ keys: one.keys, ...(one.allowedSigners === null ? {} : { allowedSigners: one.allowedSigners }) }),
      at: new Date(one.at),
      all: true,
      ...(one.platform === null ? {} : { platform: one.platform }),
    })
    verdicts.push(encodeVerdict(verdict))
  }
  return verdicts
}
