import { expect, test } from 'vitest'
import { Guard } from '../../src/source/guarded.ts'
import { retryAfterMs } from '../../src/source/registry-http.ts'
import { registry } from '../../src/source/registry.ts'
import * as lies from '../hostile/registry/lies.ts'
import { outcome, seeded } from './registry-fixture.ts'

test('429 with a Retry-After that fits is waited for', async () => {
  const { server, reference } = await seeded()
  server.put('v1', lies.inTurn(lies.tooManyRequests('0'), lies.tooManyRequests(new Date(Date.now() - 5_000).toUTCString()), lies.honest))
  const guard = new Guard()
  expect(outcome(await registry().resolve(reference, guard))).toBe('read')
  expect(guard.requests).toBe(3)
})

test.each([['longer than the deadline', '3600'], ['none', undefined], ['nonsense', 'soon'], ['a date far off', 'Fri, 01 Jan 2100 00:00:00 GMT']])('429 with a Retry-After of %s is failed at once, not absent', async (_, retryAfter) => {
  const { server, reference } = await seeded()
  server.put('v1', lies.tooManyRequests(retryAfter))
  expect(outcome(await registry().resolve(reference, new Guard({ timeoutMs: 5_000 })))).toBe('failed rate-limited')
  expect(server.requests).toHaveLength(1)
})

test('429 without end is given up', async () => {
  const { server, reference } = await seeded()
  server.put('v1', lies.tooManyRequests('0'))
  expect(outcome(await registry().resolve(reference, new Guard()))).toBe('failed rate-limited')
  expect(server.requests).toHaveLength(4)
})

test.each([['a server error', lies.serverError(502)], ['a reset', lies.reset]])('%s is met with one retry', async (_, lie) => {
  const { server, reference } = await seeded()
  server.put('v1', lies.inTurn(lie, lies.honest))
  expect(outcome(await registry().resolve(reference, new Guard()))).toBe('read')
  server.put('v1', lie)
  const guard = new Guard()
  expect(outcome(await registry().resolve(reference, guard))).toMatch(/^failed (registry-error|unreachable)$/)
  expect(guard.requests).toBe(2)
})

test('501 is an answer, not a passing trouble', async () => {
  const { server, index, reference } = await seeded()
  server.referrers(index, lies.serverError(501))
  expect(outcome(await registry().referrers(reference.repository, index, new Guard()))).toBe('absent')
  expect(server.requests).toHaveLength(1)
})

test('a retry is paid for', async () => {
  const { server, reference } = await seeded()
  server.put('v1', lies.serverError(502))
  expect(outcome(await registry().resolve(reference, new Guard({ maxRequests: 1 })))).toBe('failed request-budget')
  expect(server.requests).toHaveLength(1)
})

test('Retry-After in seconds and as a date', () => {
  expect(retryAfterMs('2')).toBe(2_000)
  expect(retryAfterMs('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(0)
  for (const nonsense of [null, '', '-1', '1.5', 'soon', '1e9', '99999999999999999999', '2026-01-01']) expect(retryAfterMs(nonsense)).toBeNull()
})
