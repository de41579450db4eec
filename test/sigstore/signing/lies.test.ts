import { describe, expect, test } from 'vitest'
import { base64Encode, utf8Encode } from '../../../src/base/bytes.ts'
import { SealdexError } from '../../../src/base/errors.ts'
import { fulcioExtension, san } from '../kit/fulcio.ts'
import { deploy, trustOf } from '../kit/deployment.ts'
import { omit, type JsonFields } from '../kit/json.ts'
import { makeKey } from '../kit/keys.ts'
import { randomFrom } from '../kit/random.ts'
import { DAY, NOW } from '../kit/window.ts'
import { signerAt, type SignerChoices } from './keyless.ts'
import { EMAIL_CLAIMS, signingDoubles, tokenWith, type Lies } from './services.ts'

const MESSAGE = utf8Encode('what is signed\n')

/** The error that signing with these lies ends with. */
async function errorWith(lies: Lies, choices: SignerChoices = {}): Promise<SealdexError> {
  const services = signingDoubles('lies', lies)
  const error: unknown = await (await signerAt(services, choices)).signMessage(MESSAGE).then(() => null, (reason: unknown) => reason)
  if (!(error instanceof SealdexError)) throw new Error('it was believed', { cause: error })
  return error
}

const other = makeKey('P-256', randomFrom('another key'))
const entryWith = (change: (entry: JsonFields) => JsonFields): Lies => ({ entry: change })

describe('a service that lies is an error, and nothing is handed out', () => {
  test.each<readonly [what: string, code: string, lies: Lies, choices?: SignerChoices]>([
    ['a certificate for another key', 'bad-certificate', { leaf: { key: other } }],
    ['a certificate of another identity', 'no-trusted-identity', { leaf: { names: [san.email('mallory@example.com')] } }],
    ['a certificate by another issuer of identities', 'no-trusted-identity', { leaf: { issuer: 'https://accounts.example.org' } }],
    ['a certificate of another subject', 'no-trusted-identity', { leaf: { claims: [fulcioExtension(24, '1018')] } }],
    ['a certificate without the CT log\'s promise', 'no-sct', { sct: false }],
    ['a certificate that the authority did not sign', 'untrusted-certificate', { leaf: { signer: other } }],
    ['a certificate of yesterday', 'certificate-expired', { leaf: { notBefore: NOW - DAY } }],
    ['a log entry about another signature', 'log-entry-mismatch', { body: withSignature }],
    ['a log entry about other bytes', 'log-entry-mismatch', { body: (body) => replaced(body, /"digest":"[^"]+"/, `"digest":"${base64Encode(new Uint8Array(32))}"`) }],
    ['a log entry that is in no tree', 'log-entry-invalid', entryWith((entry) => ({ ...entry, inclusionProof: { ...(entry['inclusionProof'] as JsonFields), hashes: [] } }))],
    ['a log entry without a proof', 'log-entry-invalid', entryWith((entry) => omit(entry, 'inclusionProof'))],
    ['an entry of a log that the root does not know', 'log-unknown', entryWith((entry) => ({ ...entry, logId: { keyId: base64Encode(new Uint8Array(32)) } }))],
    ['Rekor v1: a promise over another time', 'log-entry-invalid', entryWith((entry) => ({ ...entry, integratedTime: String(NOW - 1) })), { rekor: [1] }],
    ['Rekor v1: a time that is still to come', 'no-trusted-time', { integratedTime: NOW + DAY }, { rekor: [1], tsa: false }],
    ['Rekor v1: a time before the certificate', 'certificate-expired', { integratedTime: NOW - DAY }, { rekor: [1], tsa: false }],
    ['a timestamp over other bytes', 'bad-timestamp', { timestamp: { imprint: new Uint8Array(32) } }],
    ['a timestamp for another request', 'bad-timestamp', { timestamp: { nonce: Uint8Array.of(1, 2, 3) } }],
    ['a timestamp without our nonce', 'bad-timestamp', { timestamp: { nonce: null } }],
    ['a timestamp that is not granted', 'bad-timestamp', { timestamp: { status: 2 } }],
    ['a timestamp by nobody whom the root knows', 'untrusted-timestamp', { timestamp: { signer: deploy('others').tsa.leaf } }],
    ['Rekor v1: a timestamp by nobody whom the root knows', 'untrusted-timestamp', { timestamp: { signer: deploy('others').tsa.leaf } }, { rekor: [1] }],
    ['a timestamp of tomorrow', 'no-trusted-time', { timestamp: { time: NOW + DAY } }],
  ])('%s: %s', async (_, code, ...made) => {
    const error = await errorWith(...(made as [Lies, SignerChoices?]))
    expect(error.code).toBe(code)
  })

  test('whose word it was is said', async () => {
    expect((await errorWith({ body: withSignature })).message).toMatch(/^What the signing services answered does not hold by the trusted root, so it is not used\. The log entry is about another signature/)
  })

  test('a certificate that does not hold is not logged', async () => {
    const services = signingDoubles('lies', { sct: false })
    await expect((await signerAt(services)).signMessage(MESSAGE)).rejects.toMatchObject({ code: 'no-sct' })
    expect(services.posted.map(({ path }) => path)).toEqual(['/fulcio/api/v2/signingCert'])
  })

  test('a wrong root, and not the services, may be the reason', async () => {
    const trust = trustOf(deploy('another deployment'))
    expect((await errorWith({}, { trust })).code).toBe('untrusted-certificate')
  })
})

function replaced(body: JsonFields, what: RegExp, by: string): JsonFields {
  return JSON.parse(JSON.stringify(body).replace(what, by)) as JsonFields
}

function withSignature(body: JsonFields): JsonFields {
  return replaced(body, /"content":"[^"]+"/, `"content":"${base64Encode(other.sign(MESSAGE))}"`)
}

describe('an answer that is none', () => {
  const ANSWERS: readonly (readonly [string, string])[] = [['fulcio', 'a certificate'], ['rekor2', 'a log entry'], ['tsa', 'a timestamp']]

  test.each(ANSWERS)('%s refuses', async (name, what) => {
    const error = await errorWith({ answer: { [name]: (context) => context.json({ code: 3, message: 'come again\nlater' }, 400) } })
    expect(error.code).toBe('service-error')
    expect(error.message).toContain(`answered 400 when asked for ${what}`)
    if (name !== 'tsa') expect(error.message).toContain('"come again\\u{a}later"')
  })

  test.each(ANSWERS)('%s answers something else', async (name) => {
    expect((await errorWith({ answer: { [name]: (context) => context.json({ hello: 'world' }) } })).code).toBe(name === 'tsa' ? 'bad-timestamp' : 'service-error')
    expect((await errorWith({ answer: { [name]: (context) => context.text('<html>') } })).code).toBe(name === 'tsa' ? 'bad-timestamp' : 'service-error')
  })

  test.each(ANSWERS)('T12: %s sends without end', async (name) => {
    const endless = (): Response => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)) }))
    expect((await errorWith({ answer: { [name]: endless } })).code).toBe('too-large')
  })

  test.each(ANSWERS)('T55: %s never answers', async (name) => {
    expect((await errorWith({ answer: { [name]: () => new Promise<Response>(() => undefined) } }, { timeoutMs: 3_000 })).code).toBe('timeout')
  })

  test.each(ANSWERS)('T53: %s leads elsewhere, and nobody follows', async (name) => {
    const services = signingDoubles('lies', { answer: { [name]: (context) => context.redirect('http://127.0.0.1:1/elsewhere', 307) } })
    await expect((await signerAt(services)).signMessage(MESSAGE)).rejects.toMatchObject({ code: 'forbidden-address' })
    expect(services.posted.some(({ path }) => path === '/elsewhere')).toBe(false)
  })

  test('a service that is not on loopback is spoken to over HTTPS only', async () => {
    const services = signingDoubles('lies')
    await expect((await signerAt(services, { base: 'http://sigstore.example' })).signMessage(MESSAGE)).rejects.toMatchObject({ code: 'forbidden-address' })
    expect(services.posted).toEqual([])
  })
})

describe('the token is told to nobody', () => {
  const token = tokenWith(EMAIL_CLAIMS)
  test.each([
    ['whole', token], ['its claims', token.split('.')[1] ?? ''], ['with white space', token.replace(/(.{20})/g, '$1 ')], ['the beginning', token.slice(0, 40)], ['a piece of its signature', (token.split('.')[2] ?? '').slice(3, 20)],
  ])('a refusal that repeats it (%s) is not repeated', async (_, piece) => {
    const { message } = await errorWith({ answer: { fulcio: (context) => context.json({ code: 3, message: `bad token: ${piece}` }, 400) } })
    expect(message).toMatch(/answered 400 when asked for a certificate\.$/)
  })
})
