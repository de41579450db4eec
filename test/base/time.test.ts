import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatTime, parseTime } from '../../src/base/time.ts'

describe('W5: times', () => {
  test('every second that four digits of a year can say is read as it is written', () => {
    fc.assert(fc.property(fc.integer({ min: -62_167_219_200, max: Date.UTC(9999, 11, 31) / 1000 }), (seconds) => {
      expect(parseTime(formatTime(seconds))).toBe(seconds)
    }), { numRuns: 2000 })
    expect(['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '2000-02-29T23:59:59Z', '9999-12-31T23:59:59Z'].map(parseTime)).toEqual([-62_167_219_200, -62_135_596_800, 951_868_799, 253_402_300_799])
  })

  test.each([
    '2026-02-30T00:00:00Z', '2025-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2026-04-31T00:00:00Z', '2026-00-10T00:00:00Z', '2026-13-10T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-32T00:00:00Z',
    '2026-01-31T24:00:00Z', '2026-01-31T23:60:00Z', '2026-01-31T23:59:60Z', '2026-01-31T23:59:59', '2026-01-31 23:59:59Z', '2026-01-31T23:59:59.0Z', '2026-01-31T23:59:59+00:00', '+02026-01-31T23:59:59Z', '',
  ])('there is no time "%s"', (text) => {
    expect(parseTime(text)).toBeNull()
  })
})
