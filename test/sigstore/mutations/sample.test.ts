import { expect, test } from 'vitest'
import { runMutations } from './run.ts'

// the whole of it is `npm run test:mutations`
test('500 changes of valid bundles: none is accepted with another meaning', async () => {
  const { failures, refused, tried } = await runMutations(6, 500)
  expect(failures).toEqual([])
  expect(tried).toBe(500)
  // and they get past the readers of JSON and base64
  expect((refused.get('log-entry-invalid') ?? 0) + (refused.get('bad-timestamp') ?? 0) + (refused.get('signature-invalid') ?? 0)).toBeGreaterThan(100)
})
