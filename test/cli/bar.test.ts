import { expect, test } from 'vitest'
import { bar, bytesText } from '../../src/cli/bar.ts'

test.each([
  [0, 0, '[####################] 100 % of 0 B'], [0, 1_073_741_824, '[--------------------]   0 % of 1.1 GB'], [536_870_912, 1_073_741_824, '[##########----------]  50 % of 1.1 GB'],
  [99, 100, '[###################-]  99 % of 100 B'], [200, 100, '[####################] 100 % of 100 B'],
])('%i of %i', (done, size, text) => {
  expect(bar(done, size)).toBe(text)
})

test.each([[1, '1 B'], [999, '999 B'], [1_000, '1.0 kB'], [123_456, '123 kB'], [5_000_000_000_000_000, '5000 TB']])('%i bytes', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})
