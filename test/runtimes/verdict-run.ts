import { base64Decode } from '../../src/base/bytes.ts'
import { encodeVerdict, openEvidence, verify } from '../../src/index.ts'
import { optionsOf, type Asked } from '../judging.ts'

/** One judgement of a fixture as JSON. */
export interface VerdictCase {
  readonly name: string
  readonly reference: string
  /** The layout as a tar, base64. */
  readonly tar: string
  readonly asked: Asked
}

/** The bytes of the verdict of each case. */
export async function run(input: unknown): Promise<readonly string[]> {
  const verdicts: string[] = []
  for (const one of input as readonly VerdictCase[]) {
    const verdict = await verify(one.reference, { ...optionsOf(one.asked), source: await openEvidence(base64Decode(one.tar)), all: true })
    verdicts.push(encodeVerdict(verdict))
  }
  return verdicts
}
