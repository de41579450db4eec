import { Hono, type Context } from 'hono'
import { base64Decode, base64Encode, base64UrlDecode, hexEncode, utf8Decode, utf8Encode } from '../../../src/base/bytes.ts'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { parsePem } from '../../../src/crypto/pem.ts'
import { verifyPrehashedSignature } from '../../../src/crypto/prehashed.ts'
import { publicKeyFromSpki } from '../../../src/crypto/public-key.ts'
import { parseCertificate } from '../../../src/x509/certificate.ts'
import { readDer, readOctetString, readSequence } from '../../../src/base/der.ts'
import { deploy, type Deployment } from '../kit/deployment.ts'
import { fulcioExtension, issueLeaf, san, type LeafChoices } from '../kit/fulcio.ts'
import type { Json, JsonFields } from '../kit/json.ts'
import { hashOf, pem, type SigningKey } from '../kit/keys.ts'
import { dsseV1, type LogBody } from '../kit/log-body.ts'
import { logV1 } from '../kit/rekor-v1.ts'
import { logV2 } from '../kit/rekor-v2.ts'
import { timestamp, type TimestampChoices } from '../kit/tsa.ts'
import { MINUTE, NOW } from '../kit/window.ts'

/** What a service says instead of the truth. */
export interface Lies {
  /** What is to be other in the certificate; `key`: another than the one that proved itself. */
  readonly leaf?: LeafChoices
  readonly sct?: boolean
  /** The finished entry of either log, changed. */
  readonly entry?: (entry: JsonFields) => JsonFields
  /** What stands in the log instead of what was sent. */
  readonly body?: (body: JsonFields) => JsonFields
  readonly timestamp?: TimestampChoices
  readonly integratedTime?: number
  /** An answer in place of all others, by the service's name. */
  readonly answer?: Readonly<Record<string, (context: Context) => Response | Promise<Response>>>
}

export interface Services {
  readonly on: Deployment
  readonly app: Hono
  /** Paths that were asked, with what was posted, as text. */
  readonly posted: { readonly path: string; readonly body: string }[]
  lies: Lies
}

const PROOF = 'There was an error processing the identity token'

/** Doubles of Fulcio, both kinds of Rekor and a timestamp authority, with the APIs that the real ones have; as strict as they are about what is proved to them. */
export function signingDoubles(seed: string, lies: Lies = {}, now: number = NOW): Services {
  const services: Services = { on: deploy(seed), app: new Hono(), posted: [], lies }
  const { app, on } = services
  app.use(async (context, next) => {
    const bytes = new Uint8Array(await context.req.raw.clone().arrayBuffer())
    services.posted.push({ path: context.req.path, body: new TextDecoder().decode(bytes) })
    const [, name = ''] = context.req.path.split('/')
    const instead = services.lies.answer?.[name]
    return instead === undefined ? next() : instead(context)
  })
  app.post('/fulcio/api/v2/signingCert', async (context) => {
    const request = await context.req.json<CertificateRequest>()
    const claims = claimsOf(request.credentials.oidcIdentityToken)
    const key = keyThatProved(request, (claims['email'] ?? claims['sub']) as string)
    if (key === null) return context.json({ code: 3, message: PROOF }, 400)
    const chosen = { ...(services.lies.sct === false ? {} : { ctLogs: [on.ctLog] }), notBefore: now - MINUTE, key, ...identityIn(claims), ...services.lies.leaf }
    const leaf = issueLeaf(on.fulcio, on.random, chosen)
    const certificates = [leaf.der, on.fulcio.intermediate.der, on.fulcio.root.der].map((der) => pem('CERTIFICATE', der))
    return context.json({ signedCertificateEmbeddedSct: { chain: { certificates } } })
  })
  app.post('/rekor2/api/v2/log/entries', async (context) => {
    const { hashedRekordRequestV002: { digest, signature } } = await context.req.json<V2Request>()
    if (!signed(base64Decode(signature.verifier.x509Certificate.rawBytes), base64Decode(digest), base64Decode(signature.content))) return context.json({ code: 3, message: 'invalid signature' }, 400)
    const body = bodyOf('0.0.2', { hashedRekordV002: { data: { algorithm: 'SHA2_256', digest }, signature } }, services.lies)
    return context.json(changed(logV2(on.rekorV2, body), services.lies), 201)
  })
  app.post('/rekor1/api/v1/log/entries', async (context) => {
    const body = v1Body(await context.req.json<V1Request>(), services.lies)
    if (body === null) return context.json({ code: 400, message: 'error processing entry: invalid signature' }, 400)
    return context.json({ [hexEncode(on.random.bytes(40))]: asV1Answer(changed(logV1(on.rekorV1, body, { integratedTime: services.lies.integratedTime ?? now }), services.lies)) }, 201)
  })
  app.post('/tsa/api/v1/timestamp', async (context) => {
    const [, imprint, nonce] = readSequence(readDer(new Uint8Array(await context.req.arrayBuffer())), 'the request')
    const digest = readOctetString(readSequence(imprint, 'the imprint')[1], 'the hash')
    const token = timestamp(on.tsa, new Uint8Array(0), { time: now + 1, imprint: digest, nonce: nonce?.content ?? null, certificates: 'chain', ...services.lies.timestamp })
    return context.body(token, 200, { 'content-type': 'application/timestamp-reply' })
  })
  return services
}

interface CertificateRequest {
  readonly credentials: { readonly oidcIdentityToken: string }
  readonly publicKeyRequest: { readonly publicKey: { readonly algorithm: string; readonly content: string }; readonly proofOfPossession: string }
}

interface V2Request {
  readonly hashedRekordRequestV002: { readonly digest: string; readonly signature: { readonly content: string; readonly verifier: { readonly x509Certificate: { readonly rawBytes: string }; readonly keyDetails: string } } }
}

type V1Request =
  | { readonly kind: 'hashedrekord'; readonly spec: { readonly signature: { readonly content: string; readonly publicKey: { readonly content: string } }; readonly data: { readonly hash: { readonly value: string } } } }
  | { readonly kind: 'dsse'; readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly [string] } } }

/** Null where the key did not sign the principal. */
function keyThatProved({ publicKeyRequest: { publicKey, proofOfPossession } }: CertificateRequest, principal: string): SigningKey | null {
  const spki = parsePem(publicKey.content)?.bytes ?? new Uint8Array(0)
  const proved = verifyPrehashedSignature(publicKeyFromSpki(spki), 'SHA-256', hashOf('SHA-256', utf8Encode(principal)), base64Decode(proofOfPossession))
  return proved === true ? { kind: 'P-256', hash: 'SHA-256', spki, pkcs8: new Uint8Array(0), sign: () => new Uint8Array(0) } : null
}

function identityIn(claims: JsonFields): LeafChoices {
  const [iss = '', sub = '', email] = ['iss', 'sub', 'email'].map((name) => claims[name] as string | undefined)
  const workflow = claims['job_workflow_ref']
  const name = email !== undefined ? san.email(email) : san.uri(typeof workflow === 'string' ? `https://github.com/${workflow}` : sub)
  return { names: [name], issuer: iss, claims: [fulcioExtension(24, sub)] }
}

function signed(certificate: Uint8Array<ArrayBuffer>, digest: Uint8Array, signature: Uint8Array): boolean {
  return verifyPrehashedSignature(parseCertificate(certificate).publicKey, 'SHA-256', digest, signature) === true
}

function bodyOf(version: string, spec: JsonFields, { body }: Lies, kind = 'hashedrekord'): LogBody {
  const whole = { apiVersion: version, kind, spec }
  return { kind, version, bytes: utf8Encode(canonicalJson(body?.(whole) ?? whole)) }
}

function v1Body(request: V1Request, lies: Lies): LogBody | null {
  if (request.kind === 'hashedrekord') {
    const { signature, data: { hash: { value } } } = request.spec
    const digest = new Uint8Array(Buffer.from(value, 'hex'))
    if (!signed(derIn(signature.publicKey.content), digest, base64Decode(signature.content))) return null
    return bodyOf('0.0.1', { data: { hash: { algorithm: 'sha256', value } }, signature: { content: signature.content, publicKey: { content: signature.publicKey.content } } }, lies)
  }
  const { envelope, verifiers: [verifier] } = request.spec.proposedContent
  const { payload, payloadType, signatures: [{ sig }] } = JSON.parse(envelope) as { payload: string; payloadType: string; signatures: [{ sig: string }] }
  const key: SigningKey = { kind: 'P-256', hash: 'SHA-256', spki: new Uint8Array(0), pkcs8: new Uint8Array(0), sign: () => new Uint8Array(0) }
  return dsseV1({ signature: base64Decode(sig), verifier: { certificate: derIn(verifier), key }, hash: 'SHA-256', signed: new Uint8Array(0) }, { payload: base64Decode(payload), payloadType })
}

function derIn(text: string): Uint8Array<ArrayBuffer> {
  return parsePem(utf8Decode(base64Decode(text)))?.bytes ?? new Uint8Array(0)
}

function changed(entry: JsonFields, { entry: change }: Lies): JsonFields {
  return change?.(entry) ?? entry
}

/** An entry as a bundle carries it, in Rekor v1's own spelling: numbers, and hashes in hex. */
function asV1Answer(entry: JsonFields): JsonFields {
  const hex = (text: Json | undefined): string => hexEncode(base64Decode(text as string))
  const proof = entry['inclusionProof'] as JsonFields
  return {
    body: entry['canonicalizedBody'] as string, integratedTime: Number(entry['integratedTime']), logID: hex((entry['logId'] as JsonFields)['keyId']), logIndex: Number(entry['logIndex']),
    verification: {
      signedEntryTimestamp: (entry['inclusionPromise'] as JsonFields)['signedEntryTimestamp'] as string,
      inclusionProof: {
        checkpoint: (proof['checkpoint'] as JsonFields)['envelope'] as string, hashes: (proof['hashes'] as Json[]).map(hex), logIndex: Number(proof['logIndex']), rootHash: hex(proof['rootHash']), treeSize: Number(proof['treeSize']),
      },
    },
  }
}

function claimsOf(token: string): JsonFields {
  return JSON.parse(utf8Decode(base64UrlDecode(token.split('.')[1] ?? ''))) as JsonFields
}

/** A token with these claims; nobody checks who signed it. */
export function tokenWith(claims: JsonFields, at: number = NOW): string {
  const part = (value: JsonFields): string => base64Encode(utf8Encode(JSON.stringify(value))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  return `${part({ alg: 'RS256', kid: 'test' })}.${part({ aud: 'sigstore', exp: at + 600, iat: at, ...claims })}.c2lnbmF0dXJlLW9mLXRoZS1pc3N1ZXI`
}

export const EMAIL_CLAIMS: JsonFields = { iss: 'https://accounts.example.com', sub: '1017', email: 'ada@example.com', email_verified: true }

export interface ConfigChoices {
  readonly base?: string
  readonly rekor?: readonly (1 | 2)[]
  readonly tsa?: boolean
}

/** The signing config of the doubles. */
export function configFor({ base = 'http://127.0.0.1:1', rekor = [2], tsa = true }: ConfigChoices = {}): JsonFields {
  const service = (path: string, version: number, operator = 'sigstore.test'): JsonFields => ({ url: `${base}${path}`, majorApiVersion: version, validFor: { start: '2024-01-01T00:00:00Z' }, operator })
  return {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service('/fulcio', 1)], oidcUrls: [],
    rekorTlogUrls: rekor.map((version) => service(`/rekor${version}`, version)),
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: tsa ? [service('/tsa/api/v1/timestamp', 1)] : [],
    tsaConfig: { selector: 'ANY' },
  }
}
