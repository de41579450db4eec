import { base64Encode, hexDecode, utf8Encode } from '../src/base/bytes.ts'
import { cryptoKeyOf } from '../src/crypto/public-key.ts'
import { generateKey } from '../src/crypto/private-key.ts'
import { digestOf, identifyBytes } from '../src/crypto/digest.ts'
import { readEcdsaSignature } from '../src/crypto/signature.ts'
import { writeSimpleSigning } from '../src/envelope/simple-signing.ts'
import { policyFromKeys } from '../src/policy/from-options.ts'
import { ABSENT, read, type Source } from '../src/source/source.ts'
import { verify } from '../src/verify/verify.ts'
import { compare } from './compare.ts'

// One flat index, one key, warm, in process, against what cannot be saved: one signature check for each leaf, one digest for each object.
const { signer, publicPem } = await generateKey('ec-p256')
const key = signer.publicKey

async function flatIndex(platforms: number): Promise<{ bytes: Uint8Array<ArrayBuffer>; checks: { payload: Uint8Array<ArrayBuffer>; signature: Uint8Array<ArrayBuffer> }[] }> {
  const checks: { payload: Uint8Array<ArrayBuffer>; signature: Uint8Array<ArrayBuffer> }[] = []
  const manifests = []
  for (let i = 0; i < platforms; i++) {
    const digest = await digestOf(utf8Encode(`manifest ${i}`))
    const payload = writeSimpleSigning(digest, 'registry.example/app')
    const signature = await signer.sign(payload)
    checks.push({ payload, signature })
    const suffix = `.${(await digestOf(signature)).slice(7, 23)}`
    manifests.push({
      mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 400, platform: { os: 'linux', architecture: `arch${i}` },
      annotations: {
        [`dev.cosignproject.cosign/signature${suffix}`]: base64Encode(signature),
        [`dev.sealdex/payload${suffix}`]: base64Encode(payload),
        [`dev.sealdex/key${suffix}`]: base64Encode(hexDecode(key.keyId)),
      },
    })
  }
  return { bytes: utf8Encode(JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests })), checks }
}

/** The least that a source does: hash what it hands over. */
function source(bytes: Uint8Array<ArrayBuffer>): Source {
  return {
    kind: 'registry',
    resolve: async () => read({ object: await identifyBytes(bytes), contentType: null }),
    manifest: async () => ABSENT,
    tagged: async () => ABSENT,
    referrers: async () => ABSENT,
    blob: async () => ABSENT,
  }
}

for (const platforms of [1, 2, 4, 8]) {
  const { bytes, checks } = await flatIndex(platforms)
  const policy = await policyFromKeys([publicPem])
  const from = source(bytes)
  const cryptoKey = await cryptoKeyOf(key, 'ecdsa-p256-sha256')
  const raw = checks.map(({ payload, signature }) => ({ payload, signature: readEcdsaSignature(signature, 32) ?? new Uint8Array() }))
  const ours = async (): Promise<void> => {
    const verdict = await verify('registry.example/app:1', { source: from, policy, at: new Date(1_795_000_000_000) })
    if (verdict.outcome !== 'allow') throw new Error(verdict.outcome)
  }
  const floor = async (): Promise<void> => {
    await crypto.subtle.digest('SHA-256', bytes)
    const results = await Promise.all(raw.map(({ payload, signature }) => crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, cryptoKey, signature, payload)))
    if (!results.every(Boolean)) throw new Error('the floor does not verify')
  }
  await compare(`flat index, ${platforms} platforms, one key, one at a time`, ['sealdex verify', ours], ['bare WebCrypto', floor])
  // as a server has it: what waits for another thread does not hold up the rest
  const many = (work: () => Promise<void>) => async (): Promise<void> => void (await Promise.all(Array.from({ length: 16 }, work)))
  await compare(`flat index, ${platforms} platforms, one key, 16 at once`, ['sealdex verify', many(ours)], ['bare WebCrypto', many(floor)], 40, 5)
}
