import { describe, expect, test } from 'vitest'
import type { Answer } from './registry/hostile.ts'
import * as lies from './registry/lies.ts'
import { nextAt, pageLoop, pagesForever } from './registry/referrer-lies.ts'
import { detached, indexOf, INDEX, judge, put, REPOSITORY, sigLayer, sigTag, world, type World } from './support.ts'

describe('R2: absent and failed, place by place', () => {
  const FAILED: readonly (readonly [string, Answer, string])[] = [
    ['401', lies.failure(401, 'UNAUTHORIZED'), 'unauthorized'], ['403', lies.failure(403, 'DENIED'), 'unauthorized'], ['429', lies.tooManyRequests('3600'), 'rate-limited'], ['500', lies.serverError(500), 'registry-error'],
    ['503', lies.serverError(503), 'registry-error'], ['418', lies.serverError(418), 'registry-error'], ['204', { status: 204 }, 'registry-error'], ['a reset', lies.reset, 'unreachable'], ['half a body', lies.breakOff, 'unreachable'],
    ['a page of a proxy', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'content-type-mismatch'],
  ]
  const PLACES = ['digest-tag', 'referrers', 'sig-tag'] as const

  function lieAt(on: World, place: (typeof PLACES)[number], lie: Answer): void {
    const { digest } = on.image.index
    if (place === 'referrers') on.server.referrers(digest, lie)
    else on.server.put(`${digest.replace(':', '-')}${place === 'sig-tag' ? '.sig' : ''}`, lie)
  }

  describe.each(PLACES)('%s', (place) => {
    test.each(FAILED)('%s is failed: an unsigned image is then no unsigned image', async (status, lie, code) => {
      const on = await world()
      const base = await judge(on)
      expect(base.outcome).toBe('unsigned')
      lieAt(on, place, status === 'half a body' ? { status: 200, headers: { 'content-type': INDEX, 'content-length': '100' }, body: '{', end: 'reset' } : lie)
      const { outcome, codes, places, text } = await judge(on)
      expect(outcome).toBe('indeterminate')
      expect(codes).toContain('place-failed')
      expect(places.join('\n')).toMatch(new RegExp(`^${place} failed (?:${code})$`, 'm'))
      expect(text).toContain(`The ${place} of ${on.image.index.digest} could not be read`)
    })

    test('404 is absent', async () => {
      const on = await world()
      lieAt(on, place, lies.absent)
      const { outcome, places } = await judge(on)
      expect(outcome).toBe('unsigned')
      expect(places).toContain(`${place} absent`)
    })

    test('where another place has what the policy needs, it is allowed and the failed one is named', async () => {
      const on = await world()
      if (place === 'sig-tag') await detached(on)
      else await sigTag(on, on.image.index, [await sigLayer(on, on.image.index.digest)])
      lieAt(on, place, lies.failure(403, 'DENIED'))
      const { outcome, places, text } = await judge(on)
      expect(outcome).toBe('allow')
      expect(places).toContain(`${place} failed unauthorized`)
      expect(text).toContain(`The ${place} of ${on.image.index.digest} could not be read (unauthorized).`)
    })
  })

  test.each([405, 501])('%i for referrers means that there are none: use the digest tag', async (status) => {
    const on = await world()
    on.server.route(/\/referrers\//, lies.serverError(status))
    expect((await judge(on)).outcome).toBe('unsigned')
    await detached(on)
    expect((await judge(on)).outcome).toBe('allow')
  })

  test('405 and 501 for a tag are no absence', async () => {
    for (const status of [405, 501]) {
      const on = await world()
      lieAt(on, 'digest-tag', lies.serverError(status))
      expect((await judge(on)).outcome).toBe('indeterminate')
    }
  })

  test.each<[string, (on: World) => Answer]>([
    ['pages in a circle', () => pageLoop()], ['pages without end', () => pagesForever()], ['a next page at another host', () => nextAt('http://169.254.169.254/')], ['a next page of another list', () => nextAt('/v2/other/app/referrers/sha256:00')],
  ])('a list of referrers with %s is failed, never half a list', async (_, lie) => {
    const on = await world()
    on.server.referrers(on.image.index.digest, lie(on))
    const { outcome, places } = await judge(on)
    expect(outcome).toBe('indeterminate')
    expect(places.join('\n')).toMatch(/^referrers failed /m)
  })

  test('cosign copy leaves the image itself, or one of its images, at the digest tag: absent', async () => {
    const on = await world({ referrersApi: false })
    const tag = on.image.index.digest.replace(':', '-')
    on.server.store.tag(REPOSITORY, tag, on.image.index.digest)
    expect((await judge(on)).places).toContain('digest-tag absent')
    on.server.store.tag(REPOSITORY, tag, on.image.manifests[0]?.digest ?? '')
    const { outcome, places } = await judge(on)
    expect([outcome, places.includes('digest-tag absent')]).toEqual(['unsigned', true])
  })

  test('a page of a proxy for the reference itself: indeterminate, since it is no registry that spoke', async () => {
    const on = await world()
    await detached(on)
    const page: Answer = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' }
    on.server.put('v1', page)
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['indeterminate', ['content-type-mismatch']])
    expect(text).toContain('is no manifest and does not call itself one')
  })

  test('the reference itself is not there: indeterminate, never unsigned', async () => {
    const on = await world()
    for (const reference of [`${on.name}:other`, `${on.name}@sha256:${'0'.repeat(64)}`]) {
      const { outcome, codes, text } = await judge(reference)
      expect([outcome, codes]).toEqual(['indeterminate', ['reference-not-found']])
      expect(text).toContain('is not there')
    }
    for (const [lie, code] of [[lies.failure(403, 'DENIED'), 'unauthorized'], [lies.serverError(503), 'registry-error'], [lies.reset, 'unreachable']] as const) {
      on.server.put('v1', lie)
      expect((await judge(on)).codes).toEqual([code])
    }
  })

  test('a listed referrer that is not there, or refused, fails the list', async () => {
    for (const [lie, code] of [[lies.absent, 'not-found'], [lies.failure(403, 'DENIED'), 'unauthorized'], [lies.otherBytes('{}'), 'digest-mismatch'], [lies.contentType('text/html'), 'content-type-mismatch']] as const) {
      const on = await world()
      const entry = await put(on, null, indexOf([], { subject: { mediaType: INDEX, digest: on.image.index.digest, size: on.image.index.bytes.length } }))
      expect((await judge(on)).outcome).toBe('unsigned')
      on.server.put(entry.digest, lie)
      const { outcome, places } = await judge(on)
      expect(outcome).toBe('indeterminate')
      expect(places).toContain(`referrers failed ${code}`)
    }
  })
})
