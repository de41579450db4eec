import { base64Encode, hexDecode, utf8Encode } from '../src/base/bytes.ts'
import { digestOf, identifyBytes, type Digest } from '../src/crypto/digest.ts'
import { generateKey, type Signer } from '../src/crypto/private-key.ts'
import { writeSimpleSigning } from '../src/envelope/simple-signing.ts'
import { policyFromKeys } from '../src/policy/from-options.ts'
import { ABSENT, read, type Source } from '../src/source/source.ts'
import { verify } from '../src/verify/verify.ts'
import { median, us } from './compare.ts'

// Many signatures on one descriptor: constant time for each that is tried, linear reading and choosing, 64 tried at most, a hint stops the work.
const subject = await digestOf(utf8Encode('manifest'))
const { signer: stranger } = await generateKey('ec-p256')
const { signer: release, publicPem } = await generateKey('ec-p256')

async function annotationsOf(signer: Signer, count: number, hint: boolean): Promise<[string, string][]> {
  const entries: [string, string][] = []
  for (let i = 0; i < count; i++) {
    // each is another signature: other bytes are signed, as many signers would
    const payload = writeSimpleSigning(subject, `registry.example/app${i}`)
    const signature = base64Encode(await signer.sign(payload))
    const suffix = `.${(await digestOf(utf8Encode(signature))).slice(7, 23)}`
    entries.push([`dev.cosignproject.cosign/signature${suffix}`, signature], [`dev.sealdex/payload${suffix}`, base64Encode(payload)])
    if (hint) entries.push([`dev.sealdex/key${suffix}`, base64Encode(hexDecode(signer.publicKey.keyId))])
  }
  return entries
}

function indexOf(annotations: readonly [string, string][]): Uint8Array<ArrayBuffer> {
  const manifest = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size: 400, platform: { os: 'linux', architecture: 'amd64' }, annotations: Object.fromEntries(annotations) }
  return utf8Encode(JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [manifest] }))
}

function source(bytes: Uint8Array<ArrayBuffer>): Source {
  const absent = async (): Promise<typeof ABSENT> => ABSENT
  return { kind: 'registry', resolve: async () => read({ object: await identifyBytes(bytes), contentType: null }), manifest: absent, tagged: absent, referrers: absent, blob: absent }
}

interface Figure {
  readonly ms: number
  readonly checks: number
  readonly outcome: string
  readonly digest: Digest | null
}

/** The median of several verifications, and how many signatures were checked in one. */
async function figure(annotations: readonly [string, string][]): Promise<Figure> {
  const bytes = indexOf(annotations)
  const policy = await policyFromKeys([publicPem])
  const once = (): ReturnType<typeof verify> => verify('registry.example/app:1', { source: source(bytes), policy, at: new Date(1_795_000_000_000) })
  for (let i = 0; i < 5; i++) await once()
  const times: number[] = []
  for (let i = 0; i < 15; i++) {
    const start = performance.now()
    await once()
    times.push(performance.now() - start)
  }
  const { subtle } = crypto
  const original = subtle.verify.bind(subtle)
  let checks = 0
  Object.defineProperty(subtle, 'verify', { configurable: true, value: (...args: Parameters<SubtleCrypto['verify']>) => (checks++, original(...args)) })
  const verdict = await once()
  Reflect.deleteProperty(subtle, 'verify')
  return { ms: median(times), checks, outcome: verdict.outcome, digest: verdict.digest }
}

let single = 0
for (const count of [1, 16, 64]) {
  const { ms, checks, outcome } = await figure(await annotationsOf(stranger, count, false))
  single ||= ms / checks
  console.log(`${count} untrusted signatures: ${outcome}, ${checks} checks (the stored payload, then the two names it may have been signed under), ${us(ms / checks)} each, ratio to one alone ${(ms / checks / single).toFixed(2)}`)
}

// 2,700 in one index (4 MiB is what registries take): short annotations, as cosign writes them
const many = (await annotationsOf(stranger, 2_700, false)).filter(([name]) => name.includes('signature'))
for (const count of [675, 1_350, 2_700]) {
  const some = many.slice(0, count)
  const { ms, checks, outcome } = await figure(some)
  console.log(`${count} signatures in ${(indexOf(some).length / 1024).toFixed(0)} KiB: ${outcome}, ${us(ms)}, ${checks} checks`)
}
const filler = 'x'.repeat(Math.floor((4 * 1024 * 1024 - indexOf(many).length - 100_000) / 2_700))
const full = many.flatMap(([name, text], i): [string, string][] => [[name, text], [`example.filler/${i}`, filler]])
const hinted = await annotationsOf(release, 1, true)
const whole = await figure(full)
console.log(`2,700 signatures in ${(indexOf(full).length / 1024 / 1024).toFixed(2)} MiB: ${whole.outcome}, ${us(whole.ms)}, ${whole.checks} checks`)
const named = await figure([...full, ...hinted])
console.log(`the same and one more whose hint names the allowed key: ${named.outcome}, ${us(named.ms)}, ${named.checks} check`)
