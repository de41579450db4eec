import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openEvidence, parsePolicy, policyFromKeys } from '../../src/index.ts'
import { alice, detached, flat, flatEntries, indexOf, judge, layoutFiles, mallory, put, world } from './support.ts'

describe('whose key', () => {
  const policy = (deny: object, more: object = {}) => parsePolicy(JSON.stringify({ version: 1, deny, policies: [{ name: 'p', scopes: ['*'], signers: { alice: { keys: [{ key: alice.publicPem }] }, mallory: { keys: [{ key: mallory.publicPem }] } }, ...more }] }))

  test('the same key as signer and revoked: deny, in any spelling of the key', async () => {
    const on = await world()
    await flat(on)
    expect((await judge(on, { policy: policy({}) })).outcome).toBe('allow')
    for (const key of [alice.publicPem, alice.signer.publicKey.keyId]) {
      const { outcome, codes, text } = await judge(on, { policy: policy({ keys: [key] }) })
      expect([outcome, codes.includes('revoked')]).toEqual(['deny', true])
      expect(text).toContain(alice.signer.publicKey.keyId)
    }
  })

  test('a revoked digest anywhere in the graph; a revoked key that is no signer', async () => {
    const on = await world()
    await flat(on, { keys: [alice, mallory] })
    const [, arm64] = on.image.manifests
    expect((await judge(on, { policy: policy({ digests: [arm64?.digest] }) })).codes).toContain('revoked')
    expect((await judge(on, { policy: policy({ digests: [arm64?.digest] }), platform: 'linux/amd64' })).outcome).toBe('allow')
    const onlyAlice = parsePolicy(JSON.stringify({ version: 1, deny: { keys: [mallory.publicPem] }, policies: [{ name: 'p', scopes: ['*'], signers: { alice: { keys: [{ key: alice.publicPem }] } } }] }))
    expect((await judge(on, { policy: onlyAlice })).codes).toContain('revoked')
  })

  test('a revoked digest names its bytes, by whatever algorithm the index or the reference names them', async () => {
    const on = await world()
    const [amd64, arm64] = on.image.manifests
    const sha512 = (bytes: Uint8Array | undefined) => `sha512:${createHash('sha512').update(bytes ?? '').digest('hex')}`
    const revoking = (digest: string) => policy({ digests: [digest] })
    const root = await flat(on)
    expect(await judge(on, { policy: revoking(sha512(amd64?.bytes.slice(1))) })).toMatchObject({ outcome: 'allow' })
    expect(await judge(on, { policy: revoking(sha512(root.bytes)) })).toMatchObject({ outcome: 'deny', codes: ['revoked'] })
    await put(on, 'v1', new TextDecoder().decode(on.image.index.bytes))
    await detached(on)
    const { outcome, codes, text } = await judge(on, { policy: revoking(sha512(arm64?.bytes)) })
    expect([outcome, codes, text.includes(sha512(arm64?.bytes))]).toEqual(['deny', ['revoked'], true])
    const layout = await openEvidence(new Map(layoutFiles(on)).set(`blobs/${sha512(root.bytes).replace(':', '/')}`, root.bytes))
    expect(await judge(`${on.name}@${sha512(root.bytes)}`, { source: layout })).toMatchObject({ outcome: 'allow' })
    expect(await judge(`${on.name}@${sha512(root.bytes)}`, { source: layout, policy: revoking(root.digest) })).toMatchObject({ outcome: 'deny', codes: ['revoked'] })
  })

  test('one key in many signatures is one signer for a threshold', async () => {
    const on = await world()
    const two = policy({}, { require: { signatures: { threshold: 2 } } })
    const entries = await flatEntries(on, [alice])
    const more = await flatEntries(on, [alice], { again: 'yes' })
    await put(on, 'v1', indexOf(entries.map((entry, i) => ({ ...entry, annotations: { ...entry.annotations, ...more[i]?.annotations } }))))
    const { outcome, codes } = await judge(on, { policy: two })
    expect([outcome, codes]).toEqual(['deny', ['threshold-not-met', 'threshold-not-met']])
    await flat(on, { keys: [alice, mallory] })
    expect((await judge(on, { policy: two })).outcome).toBe('allow')
  })

  test('one key as PEM and JWK is one signer, and is refused under two names', async () => {
    const jwk = JSON.stringify(await crypto.subtle.exportKey('jwk', await crypto.subtle.importKey('spki', alice.signer.publicKey.spki, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])))
    expect((await policyFromKeys([alice.publicPem, jwk])).entries[0]?.signers.size).toBe(1)
    await expect(parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { a: { keys: [{ key: alice.publicPem }] }, b: { keys: [{ key: jwk }] } } }] }))).rejects.toMatchObject({ code: 'bad-policy' })
  })

  test('no scope, a rejected one, and the most specific one decides', async () => {
    const on = await world()
    await flat(on)
    const scoped = (...policies: object[]) => parsePolicy(JSON.stringify({ version: 1, policies }))
    const good = { name: 'good', signers: { alice: { keys: [{ key: alice.publicPem }] } } }
    expect((await judge(on, { policy: scoped({ ...good, scopes: ['elsewhere.example/*'] }) })).codes).toEqual(['no-scope'])
    expect((await judge(on, { policy: scoped({ ...good, scopes: ['*'] }, { name: 'no', scopes: [`${on.server.host}/demo/*`], reject: true }) })).codes).toEqual(['rejected'])
    expect((await judge(on, { policy: scoped({ ...good, scopes: [on.name] }, { name: 'no', scopes: ['*'], reject: true }) })).outcome).toBe('allow')
    expect((await judge(on, { policy: scoped({ ...good, scopes: [`${on.server.host}/dem/*`] }) })).codes).toEqual(['no-scope'])
  })
})
