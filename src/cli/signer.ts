import { keylessSigner, loadTrustedRoot, parsePrivateKey, readSigningConfig, SealdexError, signingServices, VERSION, type KeylessSigner, type Signer } from '../index.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { textOf } from './files.ts'
import { hasAmbientToken, identityTokenOf } from './identity-token.ts'
import { nodeFetch } from './net.ts'
import type { Given, Options } from './option.ts'
import { askPassword, passwordInEnvironment } from './password.ts'
import type { Terminal } from './terminal.ts'
import { named } from './trust.ts'
import { mirroredSigningConfig, TRUSTED_ROOT, trustedRootOf } from './trusted-root.ts'

/** Options that say who signs. */
export const SIGNER: Options = {
  'key': { value: 'FILE', help: 'the private key (PKCS#8 PEM, JWK, or encrypted as cosign\'s)' },
  'identity-token': { value: 'FILE|-', help: 'sign without a key, as whom this OIDC token is about; - reads it from standard input (default in GitHub Actions: the job\'s own)' },
  'signing-config': { value: 'FILE', help: 'the signing_config.json (0.2) that names the services which sign without a key (default: that of --tuf-mirror)' },
  ...TRUSTED_ROOT,
}

const KEYLESS_ONLY: readonly string[] = Object.keys(SIGNER).filter((name) => name !== 'key')

/** One key, whose RSA signatures are of this scheme; null where none is given. */
export async function keySignerOf(given: Given, terminal: Terminal, rsa: 'pkcs1' | 'pss'): Promise<Signer | null> {
  const [file, another] = given.texts('key')
  if (another !== undefined) throw new UsageError('--key is given twice, and one key signs.')
  return file === undefined ? null : keyOf(file, terminal, rsa)
}

/** A key, or the identity of a token. Throws {@link UsageError} for options that do not fit together. */
export async function signerOf(given: Given, terminal: Terminal, timeoutMs: number | undefined): Promise<Signer | KeylessSigner> {
  const file = given.text('key')
  if (file === null) return keylessOf(given, terminal, timeoutMs)
  const idle = KEYLESS_ONLY.find((name) => given.has(name))
  if (idle !== undefined) throw new UsageError(`--key signs with a key, and --${idle} is for signing without one: leave one of them out.`)
  return keyOf(file, terminal, 'pkcs1')
}

async function keyOf(file: string, terminal: Terminal, rsa: 'pkcs1' | 'pss'): Promise<Signer> {
  const text = textOf(file, '--key')
  if (!/-----BEGIN ENCRYPTED \w+ PRIVATE KEY-----/.test(text)) return named(file, () => parsePrivateKey(text, undefined, rsa))
  const kept = passwordInEnvironment(terminal)
  if (kept === null && !terminal.interactive) throw new UsageError(`${printable(file)} is encrypted: give its password in SEALDEX_PASSWORD.`, 'bad-password')
  const password = kept ?? await askPassword(`Password for ${printable(file)}: `, terminal)
  return named(file, () => parsePrivateKey(text, password, rsa))
}

async function keylessOf(given: Given, terminal: Terminal, timeoutMs: number | undefined): Promise<KeylessSigner> {
  if (!given.has('identity-token') && !hasAmbientToken(terminal)) {
    throw new UsageError('Say who signs: --key FILE ("sealdex keygen" makes one), or --identity-token FILE to sign without a key.')
  }
  const { text: configText, from } = await signingConfigOf(given, terminal, timeoutMs)
  const signingConfig = await named(from, async () => readSigningConfig(configText))
  const root = await trustedRootOf(given, terminal, timeoutMs === undefined ? {} : { timeoutMs })
  if (root.state === 'failed') throw new SealdexError(root.code, root.message)
  const trustedRoot = await named(given.text('trusted-root') ?? 'The trusted root', () => loadTrustedRoot(root.value.text))
  // last: a token lives for minutes
  const identityToken = await identityTokenOf(given, terminal)
  const services = signingServices({ fetch: nodeFetch({ env: terminal.env }), userAgent: `sealdex/${VERSION}`, ...(timeoutMs !== undefined && { timeoutMs }) })
  return keylessSigner({ identityToken, signingConfig, trustedRoot, services, at: Math.floor(Date.now() / 1000) })
}

/** That of the file, else of the mirror. */
async function signingConfigOf(given: Given, terminal: Terminal, timeoutMs: number | undefined): Promise<{ readonly text: string; readonly from: string }> {
  const file = given.text('signing-config')
  if (file !== null) return { text: textOf(file, '--signing-config'), from: file }
  const text = await mirroredSigningConfig(given, terminal, timeoutMs)
  if (text !== null) return { text, from: 'signing_config.v0.2.json of --tuf-mirror' }
  throw new UsageError('Say which services sign: --signing-config FILE (signing_config.json of version 0.2, which "cosign signing-config create" writes), or --tuf-mirror URL, whose signing_config.v0.2.json is taken: for Sigstore\'s public instance https://tuf-repo-cdn.sigstore.dev.', 'bad-signing-config')
}
