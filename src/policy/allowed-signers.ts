import { SealdexError } from '../base/errors.ts'
import { parsePublicKey, type PublicKey } from '../crypto/public-key.ts'

/** One line of an OpenSSH `allowed_signers` file (ssh-keygen(1), ALLOWED SIGNERS). */
export interface AllowedSigner {
  readonly principals: readonly string[]
  readonly key: PublicKey
  /** Null: any namespace. */
  readonly namespaces: readonly string[] | null
}

const KEY_TYPE = /^(?:ssh-|ecdsa-sha2-|sk-)/

/** Reads keys and namespaces; a line with an option that is not read yet is refused by name. Throws `bad-key` with the line's number. */
export async function parseAllowedSigners(text: string): Promise<readonly AllowedSigner[]> {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line: line.trim(), number: i + 1 }))
  const signers = await Promise.all(lines.filter(({ line }) => line !== '' && !line.startsWith('#')).map(({ line, number }) => readLine(line, number)))
  if (signers.length === 0) throw new SealdexError('bad-key', 'The allowed_signers file names nobody.')
  return signers
}

async function readLine(line: string, number: number): Promise<AllowedSigner> {
  const words = splitWords(line, number)
  const [principals = '', second = ''] = words
  const hasOptions = !KEY_TYPE.test(second)
  const key = words.slice(hasOptions ? 2 : 1)
  if (key.length < 2) fail(number, 'has no key; a line is PRINCIPALS [OPTIONS] TYPE KEY')
  const namespaces = hasOptions ? readOptions(second, number) : null
  return { principals: principals.split(','), key: await parsePublicKey(`${key[0]} ${key[1]}`), namespaces }
}

/** Words are split at blanks outside double quotes. */
function splitWords(line: string, number: number): string[] {
  const words = line.match(/(?:[^\s"]|"[^"]*")+/g) ?? []
  if ((line.match(/"/g) ?? []).length % 2 !== 0) fail(number, 'has an open quotation mark')
  return words
}

function readOptions(text: string, number: number): readonly string[] | null {
  let namespaces: readonly string[] | null = null
  for (const option of text.match(/(?:[^,"]|"[^"]*")+/g) ?? []) {
    const [name = '', value] = option.split('=', 2)
    if (name.toLowerCase() !== 'namespaces' || value === undefined) fail(number, `has the option "${name.slice(0, 40)}", which is not read yet`)
    if (namespaces !== null) fail(number, 'has the option "namespaces" twice')
    namespaces = value.replace(/^"|"$/g, '').split(',')
    if (namespaces.some((item) => item === '' || /[*?!]/.test(item))) fail(number, 'has a pattern in "namespaces"; only exact namespaces are read yet')
  }
  return namespaces
}

function fail(number: number, why: string): never {
  throw new SealdexError('bad-key', `Line ${number} of the allowed_signers file ${why}.`)
}
