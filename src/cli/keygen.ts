import { encryptPrivateKey, generateKey, type GeneratedKey } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { existing, save, takeAway } from './files.ts'
import { OUTPUT, type Given } from './option.ts'
import { askPassword, passwordInEnvironment } from './password.ts'
import { withProgress } from './progress.ts'
import { outputOf } from './reading.ts'
import type { Terminal } from './terminal.ts'

const TYPES: Readonly<Record<string, () => Promise<GeneratedKey>>> = {
  p256: () => generateKey('ec-p256'),
  p384: () => generateKey('ec-p384'),
  p521: () => generateKey('ec-p521'),
  rsa2048: () => generateKey('rsa', 2048),
  rsa4096: () => generateKey('rsa', 4096),
  ed25519: () => generateKey('ed25519'),
}

export const keygenCommand: Command = {
  name: 'keygen',
  summary: 'makes a key pair to sign with',
  arguments: '',
  least: 0,
  most: 0,
  about: 'Makes a key pair: PREFIX.key to sign with, which only you may read, and PREFIX.pub to give to whoever verifies. With a password (SEALDEX_PASSWORD or COSIGN_PASSWORD, or asked for on a terminal) the private key is encrypted as cosign encrypts it.',
  options: {
    'output-key-prefix': { value: 'PREFIX', help: 'names of the files (default: sealdex)' },
    'type': { value: Object.keys(TYPES).join('|'), help: 'kind of key (default: p256, which every tool reads)' },
    'force': { value: null, help: 'overwrite files that are there' },
    ...OUTPUT,
  },
  examples: ['sealdex keygen --output-key-prefix release', 'SEALDEX_PASSWORD=secret sealdex keygen --output-key-prefix release --type ed25519'],
  run: runKeygen,
}

async function runKeygen(given: Given, terminal: Terminal): Promise<number> {
  const output = outputOf(given)
  const type = given.text('type') ?? 'p256'
  const make = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined
  if (make === undefined) throw new UsageError(`--type is one of ${Object.keys(TYPES).join(', ')}, and "${printable(type, 40)}" is none.`)
  const prefix = given.text('output-key-prefix') ?? 'sealdex'
  const [privateFile, publicFile] = [`${prefix}.key`, `${prefix}.pub`]
  const there = existing([privateFile, publicFile])
  if (there !== null && !given.flag('force')) throw new UsageError(`${printable(there)} is there already, and whoever loses a private key cannot sign again: give another --output-key-prefix, or --force to overwrite.`)
  const password = await newPassword(terminal)
  const key = await withProgress(terminal, 'Making the key', make)
  if (given.flag('force')) takeAway([privateFile, publicFile])
  save(privateFile, password === '' ? key.pkcs8Pem() : encryptPrivateKey(key.pkcs8, password), '--output-key-prefix', { exclusive: true, mode: 0o600 })
  save(publicFile, key.publicPem, '--output-key-prefix', { exclusive: true })
  if (password === '') terminal.err(`${printable(privateFile)} is not encrypted: whoever can read the file can sign. SEALDEX_PASSWORD gives it a password.\n`)
  const { keyId } = key.signer.publicKey
  if (output === 'json') terminal.out(`${JSON.stringify({ version: 1, type, keyId, privateKey: privateFile, publicKey: publicFile, encrypted: password !== '' })}\n`)
  else terminal.out(`${printable(privateFile)}  sign with it: sealdex sign REFERENCE --key ${printable(privateFile)}\n${printable(publicFile)}  give it away: sealdex verify REFERENCE --key ${printable(publicFile)}\n`)
  return EXIT.done
}

/** Empty: none. */
async function newPassword(terminal: Terminal): Promise<string> {
  const given = passwordInEnvironment(terminal)
  if (given !== null || !terminal.interactive) return given ?? ''
  const password = await askPassword('Password for the private key (empty for none): ', terminal)
  if (password !== '' && (await askPassword('The same again: ', terminal)) !== password) throw new UsageError('The two passwords differ, so no key was made.', 'bad-password')
  return password
}
