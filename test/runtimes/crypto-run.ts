import { utf8Encode } from '../../src/base/bytes.ts'
import type { KeyType } from '../../src/crypto/algorithms.ts'
import { generateKey, parsePrivateKey } from '../../src/crypto/private-key.ts'
import { parsePublicKey } from '../../src/crypto/public-key.ts'
import { verifySignature } from '../../src/crypto/signature.ts'

const MESSAGE = utf8Encode('message')

/** Reads each PKCS#8 PEM and each key made here, signs, and verifies: "type, algorithm, key id or 'made', verified". Then opens the encrypted keys. */
export async function run(input: unknown): Promise<readonly string[]> {
  const { pkcs8, types, encrypted, password } = input as { readonly pkcs8: readonly string[], readonly types: readonly KeyType[], readonly encrypted: readonly string[], readonly password: string }
  const lines: string[] = []
  for (const pem of pkcs8) lines.push(await signAndVerify(pem, null))
  for (const type of types) {
    const made = await generateKey(type)
    const same = (await parsePublicKey(made.publicPem)).keyId === made.signer.publicKey.keyId
    lines.push(await signAndVerify(made.pkcs8Pem(), same ? 'made' : 'another key'))
  }
  for (const pem of encrypted) lines.push((await parsePrivateKey(pem, password)).publicKey.keyId)
  return lines
}

async function signAndVerify(pem: string, id: string | null): Promise<string> {
  const { publicKey, algorithm, sign } = await parsePrivateKey(pem)
  const verified = await verifySignature(publicKey, algorithm, await sign(MESSAGE), MESSAGE)
  return [publicKey.type, algorithm, id ?? publicKey.keyId, verified].join(', ')
}
