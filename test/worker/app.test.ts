import { SELF } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { generateKey, parsePublicKey, verify, policyFromKeys, type Source } from '../../src/index.ts'

describe('the Worker in workerd', () => {
  it('is alive, and says what it does not answer', async () => {
    const alive = await SELF.fetch('https://sealdex.example/healthz')
    expect(await alive.json()).toMatchObject({ status: 'ok' })
    const missing = await SELF.fetch('https://sealdex.example/v1/verify?ref=x')
    expect(missing.status).toBe(404)
    expect(missing.headers.get('content-type')).toBe('application/problem+json')
    expect(await missing.json()).toMatchObject({ code: 'not-found', status: 404 })
  })

  it('runs the core: an image that is not there is indeterminate', async () => {
    const { publicPem } = await generateKey('ec-p256')
    expect((await parsePublicKey(publicPem)).type).toBe('ec-p256')
    const absent = async (): Promise<{ readonly state: 'absent' }> => ({ state: 'absent' })
    const source: Source = { kind: 'registry', resolve: absent, manifest: absent, tagged: absent, referrers: absent, blob: absent }
    const verdict = await verify('registry.example/app:1', { source, policy: policyFromKeys([publicPem]) })
    expect(verdict).toMatchObject({ outcome: 'indeterminate', reasons: [{ code: 'reference-not-found' }, { code: 'recorders-word' }] })
  })
})
