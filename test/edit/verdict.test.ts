import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { writePem } from '../../src/crypto/pem.ts'
import type { Signer } from '../../src/crypto/private-key.ts'
import type { Layout } from '../../src/edit/sign.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import { verify } from '../../src/verify/verify.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { AT, bench, NAME, REPOSITORY, signer, type Bench } from './fixture.ts'

/** What the verifier says with a policy of these keys, all of which have to have signed. */
async function judged(at: Bench, keys: readonly Signer[], require: object = {}, reference = `${REPOSITORY}:v1`, seconds = AT): Promise<Verdict> {
  const signers = Object.fromEntries(keys.map(({ publicKey }, i) => [`signer${i}`, { keys: [{ key: writePem('PUBLIC KEY', publicKey.spki) }] }]))
  const policy = { version: 1, policies: [{ name: 'test', scopes: ['*'], signers, require: { signatures: { from: Object.keys(signers), threshold: keys.length }, ...require } }] }
  return verify(reference, { source: at.source, policy: await parsePolicy(utf8Encode(JSON.stringify(policy))), at: new Date(seconds * 1000) })
}

const REGISTRIES = [{}, { referrersApi: false }] as const
const LAYOUTS: readonly Layout[] = ['detached', 'flat', 'nested']
const EVERY = REGISTRIES.flatMap((server) => LAYOUTS.map((layout) => [layout, server] as const))

describe('what is written is read back and allowed', () => {
  test.each(EVERY)('%s on %o: by both signers\' keys, and not by a third', async (layout, server) => {
    const at = await bench(server)
    for (const i of [0, 1]) await at.sign(await signer(i), { layout, annotations: { env: 'prod' } })
    const both = [await signer(0), await signer(1)]
    expect(await judged(at, both, { annotations: { env: 'prod' }, repository: true, tag: true, maxAge: '1d' })).toMatchObject({ outcome: 'allow' })
    expect(await judged(at, [await signer(2)])).toMatchObject({ outcome: 'deny' })
    expect(await judged(at, [...both, await signer(2)])).toMatchObject({ outcome: 'deny' })
  })

  test.each(EVERY)('%s on %o with Docker\'s media types', async (layout, server) => {
    const at = await bench(server, { mediaTypes: 'docker' })
    await at.sign(await signer(), { layout })
    expect(await judged(at, [await signer()])).toMatchObject({ outcome: 'allow' })
  })

  test('W3: detached and nested vouch for the set, flat does not', async () => {
    for (const [layout, outcome] of [['detached', 'allow'], ['nested', 'allow'], ['flat', 'deny']] as const) {
      const at = await bench()
      await at.sign(await signer(), { layout })
      expect(await judged(at, [await signer()], { coverage: 'index' })).toMatchObject({ outcome })
    }
  })

  test('each platform signed for itself satisfies the coverage each', async () => {
    const at = await bench({ referrersApi: false })
    await at.sign(await signer())
    expect(await judged(at, [await signer()], { coverage: 'each' })).toMatchObject({ outcome: 'deny' })
    await at.sign(await signer(), { each: true })
    expect(await judged(at, [await signer()], { coverage: 'each' })).toMatchObject({ outcome: 'allow' })
  })
})

describe('W5: signed facts', () => {
  test('W5: an image signed under one tag is not passed off under another', async () => {
    const at = await bench()
    await at.sign(await signer())
    at.store.tag(NAME, 'v2', at.image.index.digest)
    expect(await judged(at, [await signer()], { tag: true }, `${REPOSITORY}:v2`)).toMatchObject({ outcome: 'deny' })
    expect(await judged(at, [await signer()], {}, `${REPOSITORY}:v2`)).toMatchObject({ outcome: 'allow' })
  })

  test('W5: a signature is expired after its expiresAt', async () => {
    const at = await bench()
    await at.sign(await signer(), { expiresAt: new Date((AT + 3_600) * 1000) })
    expect(await judged(at, [await signer()], {}, undefined, AT + 3_599)).toMatchObject({ outcome: 'allow' })
    expect(await judged(at, [await signer()], {}, undefined, AT + 3_601)).toMatchObject({ outcome: 'deny' })
  })

  test('W5: Docker Hub\'s name is signed as cosign writes it, and the canonical one as the fact', async () => {
    const at = await bench()
    await at.sign(await signer(), {}, 'docker.io/demo/app:v1')
    expect(await judged(at, [await signer()], { repository: true }, 'index.docker.io/demo/app:v1')).toMatchObject({ outcome: 'allow' })
    const [payload] = [...at.store.repository(NAME).manifests.values()].flatMap(({ bytes }) => /dev\.sealdex\/payload[^"]*":"([^"]+)/.exec(new TextDecoder().decode(bytes))?.[1] ?? [])
    expect(atob(payload ?? '')).toContain('"docker-reference":"index.docker.io/demo/app"')
    expect(atob(payload ?? '')).toContain('"dev.sealdex/repository":"docker.io/demo/app"')
  })
})
