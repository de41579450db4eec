import { describe, expect, it } from 'vitest'
import { hexEncode, utf8Encode } from '../../src/base/bytes.ts'
import { basicConstraints, CODE_SIGNING, extendedKeyUsage, issue, keyUsage, SERVER_AUTH, TIME_STAMPING, type Extension, type Issued } from '../sigstore/kit/certificate.ts'
import { hashOf, makeKey, pem } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { DAY, NOW, YEAR } from '../sigstore/kit/window.ts'
import { IMAGE, LEAF_EXTENSIONS, makeCose, makeJws, makeParty, makeRoot, nameOf, payloadOf, type Party } from './kit.ts'
import { judge, stateOf, SUBJECT } from './judge.ts'

const random = randomFrom('notation trust')
const party = makeParty('one')
const other = makeParty('one')
const whole = makeJws(party)
const pemOf = ({ der }: Issued): string => pem('CERTIFICATE', der)

describe('whose a signature is', () => {
  it('a signer of the policy: by name, subject and authority', async () => {
    const { state, signer, keyId, proof, signed } = await judge(party, whole)
    expect({ state, signer, keyId, identity: proof?.identity, issuer: proof?.issuer }).toEqual({ state: 'accepted', signer: 'vendor', keyId: null, identity: 'CN=one,O=Vendor,ST=BE,C=DE', issuer: 'CN=root of one,O=Root,C=DE' })
    expect(signed).toMatchObject({ ...IMAGE, signedAt: NOW, expiresAt: null })
  })

  it('nobody, where the policy names nobody', async () => {
    expect(await stateOf(party, whole, { signers: {} })).toBe('untrusted no-trusted-identity')
  })

  it('untrusted below a root of nobody\'s, one of the same names included', async () => {
    expect(await stateOf(other, whole)).toBe('untrusted untrusted-certificate')
    expect(await stateOf(party, makeJws({ ...party, chain: [party.leaf.der, other.root.der] }), { signers: { a: { roots: [party.rootPem, other.rootPem], subject: SUBJECT } } })).toBe('untrusted untrusted-certificate')
  })

  it('untrusted with another subject, and told whose it is', async () => {
    for (const subject of ['C=DE, ST=BE, O=Vendor, CN=two', 'C=DE, OU=x', 'C=de', 'CN=on']) {
      const { state, code, signer, proof } = await judge(party, whole, { signers: { a: { roots: [party.rootPem], subject } } })
      expect({ state, code, signer, identity: proof?.identity }, subject).toEqual({ state: 'untrusted', code: 'no-trusted-identity', signer: null, identity: 'CN=one,O=Vendor,ST=BE,C=DE' })
    }
  })

  it('the signer that it fits, whoever stands before', async () => {
    const signers = { stranger: { roots: [other.rootPem], subject: SUBJECT }, else: { roots: [party.rootPem], subject: 'CN=two' }, vendor: { roots: [other.rootPem, party.rootPem], subject: 'O=Vendor' } }
    expect((await judge(party, whole, { signers })).signer).toBe('vendor')
    expect((await judge(party, whole, { signers: { any: { roots: [party.rootPem], anySubject: true } } })).signer).toBe('any')
  })

  it('invalid, where its own certificate does not verify it', async () => {
    expect(await stateOf(party, makeJws({ ...party, leaf: other.leaf }))).toBe('invalid signature-invalid')
    expect(await stateOf(party, makeCose({ ...party, leaf: other.leaf }), { container: 'cose' })).toBe('invalid signature-invalid')
  })

  it('revoked by its certificate\'s key, trusted or not', async () => {
    const keyId = hexEncode(hashOf('SHA-256', party.leaf.fields.spki))
    for (const trusted of [party, other]) expect((await judge(trusted, whole, { revoked: [keyId] })).revoked).toBe(true)
    expect((await judge(party, whole, { revoked: ['0'.repeat(64)] })).revoked).toBe(false)
  })
})

describe('certificates that notation does not take', () => {
  const leafWith = (...extensions: readonly Extension[]): Party => makeParty('one', { leaf: { extensions } })
  const usage = keyUsage('digitalSignature')
  const notCritical = { ...usage, critical: false }
  const MISUSED = 'untrusted certificate-misused'

  it.each<readonly [string, Party, string]>([
    ['no extended key usage is fine', leafWith(usage), 'accepted'],
    ['code signing among others of no harm is fine', leafWith(usage, extendedKeyUsage([CODE_SIGNING, '1.3.6.1.4.1.99999.1'])), 'accepted'],
    ['for servers', leafWith(usage, extendedKeyUsage([SERVER_AUTH])), MISUSED],
    ['for code and servers', leafWith(usage, extendedKeyUsage([CODE_SIGNING, SERVER_AUTH])), MISUSED],
    ['for code and timestamps', leafWith(usage, extendedKeyUsage([CODE_SIGNING, TIME_STAMPING])), MISUSED],
    ['for code and anything', leafWith(usage, extendedKeyUsage([CODE_SIGNING, '2.5.29.37.0'])), MISUSED],
    ['for something else alone', leafWith(usage, extendedKeyUsage(['1.3.6.1.4.1.99999.1'])), MISUSED],
    ['no key usage', leafWith(extendedKeyUsage([CODE_SIGNING])), MISUSED],
    ['a key usage that is not critical', leafWith(notCritical, extendedKeyUsage([CODE_SIGNING])), MISUSED],
    ['a key for enciphering', leafWith(keyUsage('keyEncipherment'), extendedKeyUsage([CODE_SIGNING])), MISUSED],
    ['a key for signing and enciphering', leafWith({ ...usage, value: Uint8Array.of(3, 2, 5, 0xa0) }), MISUSED],
    ['an authority', leafWith(usage, basicConstraints(true)), MISUSED],
    ['below an authority without a critical key usage', makeParty('one', { root: { extensions: [{ ...keyUsage('certSign'), critical: false }, basicConstraints(true)] } }), MISUSED],
    ['below one that is no authority', makeParty('one', { root: { extensions: [keyUsage('certSign')] } }), MISUSED],
    ['expired', makeParty('one', { leaf: { notAfter: NOW + DAY - 1 } }), 'untrusted certificate-expired'],
    ['not valid yet', makeParty('one', { leaf: { notBefore: NOW + DAY + 1 } }), 'untrusted certificate-expired'],
    ['below a root that has expired', makeParty('one', { root: { notAfter: NOW } }), 'untrusted certificate-expired'],
  ])('%s', async (_, one, expected) => {
    expect(await stateOf(one, makeJws(one))).toBe(expected)
    expect(await stateOf(one, makeCose(one), { container: 'cose' })).toBe(expected)
  })

  it('a leaf of which one attribute stands twice fits no subject', async () => {
    const twice = makeParty('one', { leaf: { subject: nameOf(['C', 'DE'], ['ST', 'BE'], ['O', 'Vendor'], ['O', 'Other'], ['CN', 'one']) } })
    for (const subject of [SUBJECT, 'C=DE', 'O=Other']) expect(await stateOf(twice, makeJws(twice), { signers: { a: { roots: [twice.rootPem], subject } } })).toBe('untrusted no-trusted-identity')
  })
})

describe('the certificates are one whole chain', () => {
  const root = makeRoot('top')
  const key = makeKey('P-256', random)
  const fields = { serial: random.bytes(8), issuer: root.fields.subject, subject: nameOf(['O', 'Middle']), notBefore: NOW - YEAR, notAfter: NOW + YEAR, spki: key.spki, extensions: [keyUsage('certSign'), basicConstraints(true)] }
  const middle: Issued = { der: issue(fields, root.key), fields, key }
  const leafKey = makeKey('P-256', random)
  const leafFields = { ...fields, issuer: fields.subject, subject: nameOf(['C', 'DE'], ['ST', 'BE'], ['O', 'Vendor'], ['CN', 'one']), spki: leafKey.spki, extensions: LEAF_EXTENSIONS }
  const leaf: Issued = { der: issue(leafFields, key), fields: leafFields, key: leafKey }
  const chained = (...chain: readonly Issued[]): Party => ({ root, leaf, chain: chain.map(({ der }) => der), rootPem: pemOf(root) })
  const stranger = makeRoot('stranger')
  const BROKEN = 'untrusted untrusted-certificate'

  it.each<readonly [string, readonly Issued[], Issued, string]>([
    ['of three, to the root', [leaf, middle, root], root, 'accepted'],
    ['of three, to the one between', [leaf, middle, root], middle, 'accepted'],
    ['without its root', [leaf, middle], root, BROKEN],
    ['without its root, to the one between', [leaf, middle], middle, BROKEN],
    ['without the one between', [leaf, root], root, BROKEN],
    ['in another order', [leaf, root, middle], root, BROKEN],
    ['with one too many at its end', [leaf, middle, root, stranger], root, BROKEN],
    ['with one too many between', [leaf, stranger, middle, root], root, BROKEN],
    ['with its root twice', [leaf, middle, root, root], root, BROKEN],
    ['to a root that is not among them', [leaf, middle, root], stranger, BROKEN],
  ])('%s', async (_, chain, trusted, expected) => {
    const one = chained(...chain)
    expect(await stateOf(one, makeJws(one), { signers: { a: { roots: [pemOf(trusted)], subject: SUBJECT } } })).toBe(expected)
  })

  it('what stands above the trusted authority is in order too', async () => {
    const old = makeRoot('top', { notAfter: NOW })
    const [renewed, own] = [{ ...fields, issuer: old.fields.subject }, { ...leafFields }]
    const between: Issued = { der: issue(renewed, old.key), fields: renewed, key }
    const one: Party = { root: old, leaf: { ...leaf, fields: own }, chain: [leaf.der, between.der, old.der], rootPem: pemOf(old) }
    expect(await stateOf(one, makeJws(one), { signers: { a: { roots: [pemOf(between)], subject: SUBJECT } } })).toBe('untrusted certificate-expired')
  })

  it('a certificate that signed itself, trusted as such', async () => {
    const selfKey = makeKey('P-256', random)
    const subject = nameOf(['C', 'DE'], ['ST', 'BE'], ['O', 'Vendor'], ['CN', 'one'])
    const own = { ...fields, issuer: subject, subject, spki: selfKey.spki, extensions: LEAF_EXTENSIONS }
    const self: Issued = { der: issue(own, selfKey), fields: own, key: selfKey }
    const one: Party = { root: self, leaf: self, chain: [self.der], rootPem: pemOf(self) }
    expect(await stateOf(one, makeJws(one))).toBe('accepted')
    expect(await stateOf({ ...one, rootPem: party.rootPem }, makeJws(one))).toBe('untrusted untrusted-certificate')
  })
})

describe('what is signed has to be true of what it stands beside', () => {
  const state = (target: object): Promise<string> => stateOf(party, makeJws(party, { payload: payloadOf(target) }))

  it.each<readonly [string, object, string]>([
    ['another digest', { digest: `sha256:${'b'.repeat(64)}` }, 'mismatch other-digest'],
    ['another size', { size: 529 }, 'mismatch other-facts'],
    ['another media type', { mediaType: 'application/vnd.oci.image.index.v1+json' }, 'mismatch other-facts'],
    ['annotations of the signer\'s own', { annotations: { build: '42' } }, 'accepted'],
    ['a field that is not read', { platform: { os: 'linux', architecture: 'amd64' } }, 'invalid malformed'],
    ['no size', { size: undefined }, 'invalid malformed'],
    ['a size that is a text', { size: '528' }, 'invalid malformed'],
    ['another kind of digest', { digest: `md5:${'b'.repeat(32)}` }, 'invalid malformed'],
    ['an expiry of ours that is over', { annotations: { 'dev.sealdex/expiresAt': '2026-05-13T20:00:00Z' } }, 'expired expired'],
  ])('%s', async (_, target, expected) => {
    expect(await state(target)).toBe(expected)
    expect(await stateOf(party, makeCose(party, { payload: payloadOf(target) }), { container: 'cose' })).toBe(expected)
  })

  it('a payload with more than the artifact, or none', async () => {
    for (const text of ['{}', '[]', JSON.stringify({ targetArtifact: IMAGE, also: 1 }), JSON.stringify({ targetArtifact: IMAGE, TargetArtifact: IMAGE })]) {
      expect(await stateOf(party, makeJws(party, { payload: utf8Encode(text) })), text).toBe('invalid malformed')
    }
  })
})
