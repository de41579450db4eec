import { expect, test } from 'vitest'
import { attachmentType } from '../../src/cli/predicates.ts'
import { command, fromCase } from './command.ts'

test('statements are called by their names; what is not known is shown as it stands', async () => {
  expect(attachmentType('https://slsa.dev/provenance/v0.2', 40)).toBe('SLSA provenance 0.2')
  expect(attachmentType('https://spdx.dev/Document/v2.3', 40)).toBe('SPDX SBOM 2.3')
  expect(attachmentType('https://openvex.dev/ns/v0.2.0', 40)).toBe('OpenVEX statement 0.2.0')
  expect(attachmentType('https://spdx.dev/Document/v2.3\u001b[1m', 40)).toBe('https://spdx.dev/Document/v2.3\\u{1b}[1m')
  expect(attachmentType('constructor', 40)).toBe('constructor')
  const { out } = await command(['tree', ...fromCase('cosign-att-spdx')])
  expect(out).toContain('SPDX SBOM')
  expect(out).toContain('vulnerability scan')
})
