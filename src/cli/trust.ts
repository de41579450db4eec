import { loadTrustedRoot, parsePolicy, parsePublicKey, policyFromOptions, SealdexError, type Policy, type PolicyOptions, type TrustOptions } from '../index.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { textOf } from './files.ts'
import type { Given } from './option.ts'
import type { Terminal } from './terminal.ts'
import { TRUSTED_ROOT, trustedRootOf } from './trusted-root.ts'

export interface Trust {
  readonly policy: Policy
  /** Names for people: the file that an option gave, by the signer's name in the verdict. */
  readonly fileNames: ReadonlyMap<string, string>
  /** What is to be said of the policy beside the result, one sentence each. */
  readonly notes: readonly string[]
}

const IDENTITY: readonly string[] = ['certificate-identity', 'certificate-identity-pattern', 'certificate-oidc-issuer']
const FROM_OPTIONS: readonly string[] = ['key', 'allowed-signers', ...IDENTITY, 'annotation', 'signed-repository']
/** What says everything by itself. */
const WHOLE = ['policy', 'notation-config'] as const

/** The policy that `--policy`, or `--key` and its like, stand for. Throws for wrong use, with the option and the file. */
export async function trustOf(given: Given): Promise<Trust> {
  const whole = await wholeOf(given)
  if (whole !== null) return whole
  const keys = await Promise.all(given.texts('key').map(async (file) => {
    const text = textOf(file, '--key')
    const { keyId } = await named(file, () => parsePublicKey(text))
    return { text, keyId, file }
  }))
  // in the order in which they were given, whichever file was read first
  const fileOf = new Map(keys.map(({ keyId, file }) => [`key:${keyId}`, file]))
  const fileNames = new Map([...fileOf].map(([signer, file]) => [signer, shortName(file, [...fileOf.values()])]))
  const allowedSigners = given.text('allowed-signers')
  const signedRepository = given.text('signed-repository')
  const options = {
    keys: keys.map(({ text }) => text),
    annotations: annotationsOf(given),
    ...(allowedSigners !== null && { allowedSigners: textOf(allowedSigners, '--allowed-signers') }),
    ...(signedRepository !== null && { signedRepository }),
    ...identityOf(given),
  }
  return { policy: await policyFromOptions(options), fileNames, notes: [] }
}

/** What `--policy` or `--notation-config` says; null without them. */
async function wholeOf(given: Given): Promise<Trust | null> {
  const option = WHOLE.find((name) => given.has(name))
  const path = option === undefined ? null : given.text(option)
  if (option === undefined || path === null) return null
  const other = [...FROM_OPTIONS, ...WHOLE].find((name) => name !== option && given.has(name))
  if (other !== undefined) throw new UsageError(`--${option} already says who must sign and what, so --${other} beside it could only contradict it: put it into the policy, or leave one of them out.`)
  if (option === 'policy') {
    const text = textOf(path, '--policy')
    return { policy: await named(path, () => parsePolicy(text)), fileNames: new Map(), notes: [] }
  }
  // who does not ask for it does not wait for it
  const { notationPolicy } = await import('./notation-config.ts')
  const { policy, notes } = await named(path, () => notationPolicy(path))
  return { policy, fileNames: new Map(), notes }
}

/** What is to be said of the policy, on stderr. */
export function sayNotes(trust: Trust | null, terminal: Terminal): void {
  for (const note of trust?.notes ?? []) terminal.err(`sealdex: ${printable(note, 500)}\n`)
}

/** Whether some option names whose signature counts. */
export function namesSomebody(given: Given): boolean {
  return [...WHOLE, 'key', 'allowed-signers', ...IDENTITY].some((name) => given.has(name))
}

/** As {@link trustOf}, but null where nobody is named: `who` and `tree` need no policy. */
export async function trustIfAny(given: Given): Promise<Trust | null> {
  return namesSomebody(given) ? trustOf(given) : null
}

/** `--certificate-identity` and `--certificate-oidc-issuer`, which are one demand. */
function identityOf(given: Given): Pick<PolicyOptions, 'identity'> {
  const [identity, identityPattern, issuer] = IDENTITY.map((name) => given.text(name))
  if (identity === null && identityPattern === null && issuer === null) return {}
  if (typeof issuer !== 'string') throw new UsageError('--certificate-identity needs --certificate-oidc-issuer URL beside it: whoever can log in anywhere could have that identity. sealdex who REFERENCE shows both.')
  if ((typeof identity === 'string') === (typeof identityPattern === 'string')) throw new UsageError('--certificate-oidc-issuer needs one of --certificate-identity ID and --certificate-identity-pattern PATTERN beside it.')
  return { identity: { ...(typeof identity === 'string' && { identity }), ...(typeof identityPattern === 'string' && { identityPattern }), issuer } }
}

/** The root of `--trusted-root` or `--tuf-mirror`; nothing, so that the built-in one is taken where it is needed, without them. */
export async function rootOf(given: Given, terminal: Terminal): Promise<TrustOptions> {
  if (!Object.keys(TRUSTED_ROOT).some((name) => given.has(name))) return {}
  const answer = await trustedRootOf(given, terminal)
  if (answer.state === 'failed') return { trustedRoot: answer }
  const { text } = answer.value
  return { trustedRoot: await named(given.text('trusted-root') ?? 'The trusted root', () => loadTrustedRoot(text)) }
}

/** `-a KEY=VALUE`. */
export function annotationsOf(given: Given): Readonly<Record<string, string>> {
  const found = new Map<string, string>()
  for (const pair of given.texts('annotation')) {
    const equals = pair.indexOf('=')
    if (equals < 1) throw new UsageError(`-a is KEY=VALUE, and "${printable(pair, 80)}" is not.`)
    const name = pair.slice(0, equals)
    if (name.startsWith('dev.sealdex/')) throw new UsageError(`-a ${printable(name, 80)}: names that begin with dev.sealdex/ are what sealdex itself signs; --signed-repository and a policy's "tag", "maxAge" ask for them.`)
    if (found.has(name)) throw new UsageError(`-a ${printable(name, 80)} is given twice, and only one can count.`)
    found.set(name, pair.slice(equals + 1))
  }
  return Object.fromEntries(found)
}

/** What the core says of a text, with the file that it stood in. */
export async function named<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new UsageError(`${printable(file)}: ${error.message}`, error.code)
  }
}

/** As much of the end of a path as tells it from the others. */
function shortName(file: string, among: readonly string[]): string {
  const others = among.filter((other) => other !== file).map(partsOf)
  const parts = partsOf(file)
  const enough = parts.findLastIndex((_, from) => others.every((other) => other.slice(from - parts.length).join('/') !== parts.slice(from).join('/')))
  return enough < 0 ? file : parts.slice(enough).join('/')
}

function partsOf(file: string): readonly string[] {
  return file.split(/[\\/]/)
}
