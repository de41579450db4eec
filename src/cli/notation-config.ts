import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { policyFromNotation, type NotationConfig, type NotationPolicy } from '../index.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { bytesOf, existing, textOf } from './files.ts'

const OPTION = '--notation-config'
/** The newer name goes first, as with notation. */
const TRUST_POLICIES = ['trustpolicy.oci.json', 'trustpolicy.json'] as const
const STORE_TYPES = ['ca', 'signingAuthority', 'tsa'] as const
const CERTIFICATE = /\.(?:pem|crt|cer)$/i

/** Reads a folder as notation keeps it (~/.config/notation): its trust policy, and truststore/x509/TYPE/NAME. Throws {@link UsageError}, or `bad-policy`. */
export function notationPolicy(folder: string): Promise<NotationPolicy> {
  const file = existing(TRUST_POLICIES.map((name) => join(folder, name)))
  if (file === null) throw new UsageError(`${OPTION}: ${printable(folder)} holds neither trustpolicy.oci.json nor trustpolicy.json; notation keeps them in ~/.config/notation.`)
  return policyFromNotation({ trustPolicy: textOf(file, OPTION), stores: trustStores(folder) })
}

/** The stores beside a trust policy, by `TYPE:NAME`. */
export function trustStores(folder: string): NotationConfig['stores'] {
  return Object.fromEntries(STORE_TYPES.flatMap((type) => storesOf(folder, type)))
}

function storesOf(folder: string, type: string): readonly (readonly [string, readonly Uint8Array[]])[] {
  const path = join(folder, 'truststore', 'x509', type)
  return entriesOf(path).map((name) => [`${type}:${name}`, certificatesOf(join(path, name))] as const)
}

function certificatesOf(store: string): readonly Uint8Array[] {
  return entriesOf(store).filter((name) => CERTIFICATE.test(name)).map((name) => {
    const path = join(store, name)
    if (!lstatSync(path).isFile()) throw new UsageError(`${OPTION}: ${printable(path)} is no file of its own; notation follows no links here, so that nobody else decides what is trusted.`)
    return bytesOf(path, OPTION)
  })
}

/** The names in a folder, in their order; none where there is no folder, or a link to one. */
function entriesOf(path: string): readonly string[] {
  return existing([path]) !== null && lstatSync(path).isDirectory() ? readdirSync(path).sort() : []
}
