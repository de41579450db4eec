/**
 * One signer as a process of its own: `node test/interop/sign-once.ts REFERENCE LAYOUT KEY_FILE`. Says "ready" when everything is loaded, signs when
 * a line comes in, and prints the result as JSON.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { parsePrivateKey } from '../../src/crypto/private-key.ts'
import { sign, type Layout } from '../../src/edit/sign.ts'
import { registry } from '../../src/source/registry.ts'

const [reference = '', layout = '', keyFile = ''] = process.argv.slice(2)
const signer = await parsePrivateKey(await readFile(keyFile, 'utf8'))
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const result = await sign(reference, { source: registry(), signer, layout: layout as Layout })
process.stdout.write(`${JSON.stringify(result)}\n`)
process.stdin.destroy()
