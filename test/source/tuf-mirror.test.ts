import { describe, expect, it } from 'vitest'
import { tufMirror } from '../../src/source/tuf-mirror.ts'
import { fakeFetch, outcome } from './registry-fixture.ts'

const BASE = 'https://tuf.example/repo'

function asked(answer: (url: URL) => Response): { readonly get: ReturnType<typeof tufMirror>, readonly urls: () => string[] } {
  const fetch = fakeFetch(answer)
  return { get: tufMirror(BASE, { fetch }), urls: () => fetch.log.map(({ url }) => url) }
}

describe('a TUF mirror', () => {
  it('is read below its address', async () => {
    const { get, urls } = asked(() => new Response('{}'))
    expect(await get('timestamp.json', 10)).toMatchObject({ state: 'read', value: new TextEncoder().encode('{}') })
    await get('targets/0f.trusted_root.json', 10)
    expect(urls()).toEqual([`${BASE}/timestamp.json`, `${BASE}/targets/0f.trusted_root.json`])
  })

  it.each([
    [404, 'absent'],
    [403, 'absent'],
    [401, 'failed registry-error'],
    [410, 'failed registry-error'],
    [500, 'failed registry-error'],
    [204, 'failed registry-error'],
    [429, 'failed rate-limited'],
  ])('%i is %s', async (status, expected) => {
    expect(outcome(await asked(() => new Response(null, { status })).get('2.root.json', 10))).toBe(expected)
  })

  it('is read no further than what is asked for', async () => {
    let sent = 0
    const endless = (): Response => new Response(new ReadableStream({ pull: (to) => (sent += 1_000, to.enqueue(new Uint8Array(1_000))) }))
    expect(outcome(await asked(endless).get('snapshot.json', 5_000))).toBe('failed too-large')
    expect(sent).toBeLessThan(20_000)
  })

  it.each(['http://tuf.example/x', 'https://10.0.0.1/x', 'http://169.254.169.254/latest', 'file:///etc/passwd'])('does not lead to %s', async (location) => {
    const { get, urls } = asked(() => new Response(null, { status: 302, headers: { location } }))
    expect(outcome(await get('timestamp.json', 10))).toBe('failed forbidden-address')
    expect(urls()).toEqual([`${BASE}/timestamp.json`])
  })

  it('that breaks off is failed', async () => {
    const get = tufMirror(BASE, { fetch: async () => Promise.reject(new Error('broken')) })
    expect(outcome(await get('timestamp.json', 10))).toBe('failed unreachable')
  })

  it.each(['http://tuf.example', 'ftp://tuf.example', 'https://me:secret@tuf.example', 'https://tuf.example/?x=1', 'https://tuf.example/#x', 'tuf.example', ''])('is not at %s', (address) => {
    expect(() => tufMirror(address)).toThrow(/is no address of a mirror/)
  })

  it.each(['http://127.0.0.1:8080/x', 'http://localhost/', 'http://[::1]:1', 'https://tuf.example'])('may be at %s', (address) => {
    expect(() => tufMirror(address)).not.toThrow()
  })
})
