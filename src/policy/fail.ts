import { SealdexError } from '../base/errors.ts'

/** What is wrong with one entry of a policy, with its name. */
export function fail(entry: string, why: string): never {
  throw new SealdexError('bad-policy', `The policy "${entry}" ${why}.`)
}
