import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { validCases } from '../test/sigstore/kit/valid.ts'

/** One bundle, and what is needed to verify it. */
export interface Sample {
  readonly name: string
  readonly bundle: Uint8Array<ArrayBuffer>
  readonly artifact: Uint8Array<ArrayBuffer>
  /** trusted_root.json. */
  readonly root: string
}

export function fromKit(name: string): Sample {
  const found = validCases('bench').find((one) => one.name === name)
  if (found === undefined) throw new Error(`the kit has no case ${name}`)
  return { name, bundle: new TextEncoder().encode(JSON.stringify(found.made.json)), artifact: found.artifact, root: JSON.stringify(found.trust) }
}

/** A case of a folder of sigstore-conformance, with the root that stands at this path in it. */
export function fromFolder(folder: string, name: string, root: string): Sample {
  const bytes = (file: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(resolve(folder), file)))
  return { name, bundle: bytes(`${name}/bundle.sigstore.json`), artifact: bytes('a.txt'), root: new TextDecoder().decode(bytes(root)) }
}
