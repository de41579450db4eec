import { loadTrustedRoot, oldRootWarning, parsePublicKey, SealdexError, verifyBundle, type BundleOptions, type BundleResult, type TrustedRoot } from '../index.ts'
import { bundleReport, bundleText } from './bundle-text.ts'
import { EXIT, type Command } from './command.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { bytesOf, existing, textOf } from './files.ts'
import { OUTPUT, READING, type Given } from './option.ts'
import { outputOf, timeOf } from './reading.ts'
import type { Terminal } from './terminal.ts'
import { named } from './trust.ts'
import { TRUSTED_ROOT, trustedRootOf } from './trusted-root.ts'

const { at } = READING as { readonly at: typeof READING[string] }

/** A file of more is given by its digest. */
const MOST_ARTIFACT_BYTES = 1_073_741_824

/** Could not be decided with what was given; everything else that is wrong with a bundle is a no. */
const UNDECIDED: ReadonlySet<string> = new Set(['artifact-needed', 'trust-root-expired'])

export const verifyBundleCommand: Command = {
  name: 'verify-bundle',
  summary: 'is this file signed as a Sigstore bundle says? Needs no registry',
  arguments: 'FILE_OR_DIGEST',
  least: 1,
  most: 1,
  about: 'Decides whether a file, or what has this digest (sha256:…), was signed as a Sigstore bundle says: by the certificate of an identity that you name, or by a key. Exit status: 0 allow, 1 deny, 2 wrong use, 3 could not be decided.',
  options: {
    'bundle': { value: 'FILE', help: 'the Sigstore bundle (version 0.1 to 0.3)' },
    'certificate-identity': { value: 'ID', help: 'who has to have signed, exactly: an address or a URI' },
    'certificate-identity-pattern': { value: 'PATTERN', help: 'the same, with * for any text without a slash' },
    'certificate-oidc-issuer': { value: 'URL', help: 'who has to have identified the signer' },
    'key': { value: 'FILE', help: 'the public key that has to have signed, instead of an identity' },
    ...TRUSTED_ROOT,
    'staging': { value: null, help: 'for Sigstore\'s staging instance; needs its --trusted-root' },
    at,
    ...OUTPUT,
  },
  examples: [
    'sealdex verify-bundle app.tar --bundle app.tar.sigstore.json --certificate-identity release@example.com --certificate-oidc-issuer https://accounts.example.com',
    'sealdex verify-bundle app.tar --bundle app.tar.sigstore.json --key release.pub',
  ],
  async run(given, terminal) {
    const output = outputOf(given)
    const options = await optionsOf(given)
    const [name = ''] = given.arguments
    const artifact = artifactOf(name)
    const bundle = bytesOf(needed(given, 'bundle'), '--bundle')
    const trust = await trustOf(given, terminal)
    const answer = await decide(() => verifyBundle(bundle, artifact, trust, options))
    const report = bundleReport(name, answer, UNDECIDED, trust.digest)
    terminal.out(output === 'json' ? `${JSON.stringify(report)}\n` : bundleText(report, terminal))
    return report.outcome === 'allow' ? EXIT.done : report.outcome === 'deny' ? EXIT.denied : EXIT.failed
  },
}

async function decide(work: () => Promise<BundleResult>): Promise<BundleResult | SealdexError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SealdexError) return error
    throw error
  }
}

function needed(given: Given, option: string): string {
  return given.text(option) ?? fail(`"sealdex verify-bundle" needs --${option}.`)
}

function fail(message: string): never {
  throw new UsageError(message)
}

/** As sigstore-conformance calls: a digest, unless a file of that name is there. */
function artifactOf(name: string): Uint8Array<ArrayBuffer> | string {
  const isDigest = /^sha256:[0-9a-f]{64}$/.test(name) && existing([name]) === null
  return isDigest ? name : bytesOf(name, 'The artifact', MOST_ARTIFACT_BYTES)
}

async function optionsOf(given: Given): Promise<BundleOptions> {
  const time = given.text('at')
  const judged = time === null ? {} : { at: timeOf(time, '--at') }
  const [file, identity, pattern, issuer] = ['key', 'certificate-identity', 'certificate-identity-pattern', 'certificate-oidc-issuer'].map((name) => given.text(name))
  if (typeof file === 'string') {
    if (identity !== null || pattern !== null || issuer !== null) fail('--key says who has to have signed, so an identity beside it could only contradict it: leave one of them out.')
    const text = textOf(file, '--key')
    return { ...judged, key: await named(file, () => parsePublicKey(text)) }
  }
  if (typeof issuer !== 'string') fail('Name who has to have signed: --certificate-identity ID and --certificate-oidc-issuer URL, or --key FILE.')
  if (typeof identity === 'string' && typeof pattern === 'string') fail('--certificate-identity and --certificate-identity-pattern say the same in two ways: leave one of them out.')
  if (typeof identity === 'string') return { ...judged, identities: [{ identity, issuer }] }
  if (typeof pattern === 'string') return { ...judged, identities: [{ identityPattern: pattern, issuer }] }
  return fail('An issuer alone identifies nobody: give --certificate-identity ID too.')
}

async function trustOf(given: Given, terminal: Terminal): Promise<TrustedRoot> {
  if (given.flag('staging') && !given.has('trusted-root') && !given.has('tuf-mirror')) fail('The root of Sigstore\'s staging instance is not built in: give it with --trusted-root FILE.')
  const answer = await trustedRootOf(given, terminal)
  if (answer.state === 'failed') throw new SealdexError(answer.code, answer.message)
  const { text, takenAt } = answer.value
  const warning = takenAt === null ? null : oldRootWarning({ takenAt }, Date.now() / 1000)
  if (warning !== null) terminal.err(`sealdex: ${printable(warning.message, 400)} [${warning.code}]\n`)
  return named(given.text('trusted-root') ?? 'The trusted root', () => loadTrustedRoot(text))
}
