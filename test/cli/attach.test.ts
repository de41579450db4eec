import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildImage, seedImage } from '../../demo/images.ts'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { conforms } from '../schemas.ts'
import { command, folder } from './command.ts'

interface Made {
  readonly reference: string
  readonly prefix: string
  readonly file: (name: string, text: string) => string
  json(args: readonly string[]): Promise<Record<string, unknown>>
}

async function made(): Promise<Made> {
  const served = await serveRegistry()
  onTestFinished(() => served.close())
  await seedImage(served.store, 'demo/app', '1.0', await buildImage())
  const at = folder()
  const prefix = join(at, 'k')
  await command(['keygen', '--output-key-prefix', prefix])
  return {
    reference: `${served.host}/demo/app:1.0`,
    prefix,
    file: (name, text) => {
      writeFileSync(join(at, name), text)
      return join(at, name)
    },
    json: async (args) => {
      const { status, out, err } = await command([...args, '--output', 'json'])
      expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' })
      return JSON.parse(out) as Record<string, unknown>
    },
  }
}

test.each([
  ['SPDX', '{ "spdxVersion": "SPDX-2.3" }', 'application/spdx+json'],
  ['CycloneDX', '{"bomFormat": "CycloneDX"}', 'application/vnd.cyclonedx+json'],
  ['SPDX in its own lines', 'SPDXVersion: SPDX-2.3\n', 'text/spdx'],
  ['CycloneDX in XML', '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>', 'application/vnd.cyclonedx+xml'],
])('attach --type sbom: %s', async (_, text, type) => {
  const { reference, file, json } = await made()
  const result = await json(['attach', reference, file('x.sbom', text), '--type', 'sbom'])
  conforms('attach.v1', result)
  expect(result).toMatchObject({ artifact: { artifactType: type, mediaType: type, size: text.length }, state: 'attached', signature: null })
})

test('attach, sign the list, verify with a policy that demands it, attach more, prune', async () => {
  const { reference, prefix, file, json } = await made()
  const sbom = file('sbom.json', '{"bomFormat":"CycloneDX"}')
  const first = await command(['attach', reference, sbom, '--type', 'sbom', '--key', `${prefix}.key`])
  expect(first.out).toMatch(/^ATTACHED .*\n {2}image {2}sha256:[0-9a-f]{12} {2}sbom\.json, application\/vnd\.cyclonedx\+json, 25 B\n {2}as {2}sha256:[0-9a-f]{64} {2}its manifest is signed\nWritten\n {2}referrer/)
  await command(['sign', reference, '--key', `${prefix}.key`])
  const list = await json(['sign', reference, '--key', `${prefix}.key`, '--list'])
  conforms('sign.v1', list)
  const policy = { version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { me: { keys: [{ key: readFileSync(`${prefix}.pub`, 'utf8') }] } }, require: { complete: true } }] }
  const policyFile = file('policy.json', JSON.stringify(policy))
  conforms('policy.v1', policy)
  expect(await json(['verify', reference, '--policy', policyFile])).toMatchObject({ outcome: 'allow', completeness: { state: 'complete' } })
  for (const name of ['verify', 'tree']) {
    const { out } = await command([name, reference, '--key', `${prefix}.pub`])
    expect(out).toMatch(/✓ attached: list of what is attached sha256:[0-9a-f]{12}\s+│?\s*\(signed\)/)
  }
  await command(['attach', reference, file('more.txt', 'more'), '--type', 'text/plain'])
  const denied = await command(['verify', reference, '--policy', policyFile, '--output', 'json'])
  conforms('verdict.v1', JSON.parse(denied.out))
  expect(denied.status).toBe(1)
})

test('attest, and prune by another key: first dry, then for good', async () => {
  const { reference, prefix, file, json } = await made()
  const attested = await json(['attest', reference, '--predicate', file('p.json', '{"a":1}'), '--type', 'https://example.com/p/v1', '--key', `${prefix}.key`])
  conforms('attest.v1', attested)
  const again = await command(['attest', reference, '--predicate', file('p.json', '{"a":1}'), '--type', 'https://example.com/p/v1', '--key', `${prefix}.key`])
  expect([again.status, again.out]).toEqual([0, expect.stringMatching(/, was attested by this key already\n {2}as {2}sha256:[0-9a-f]{64}\nNothing had to be written\.\n$/)])
  await command(['sign', reference, '--key', `${prefix}.key`])
  const other = `${prefix}2`
  await command(['keygen', '--output-key-prefix', other])
  await command(['sign', reference, '--key', `${other}.key`])
  const dry = await json(['prune', reference, '--key', `${other}.pub`, '--dry-run'])
  conforms('prune.v1', dry)
  expect(dry).toMatchObject({ dryRun: true, removed: [{ why: 'untrusted' }, { why: 'untrusted' }] })
  const text = await command(['prune', reference, '--key', `${other}.pub`, '--dry-run'])
  expect(text.out).toMatch(/^WOULD PRUNE .*\n {2}referrer {2}sha256:[0-9a-f]{64} {2}by nobody who is named\n/)
  expect((await command(['verify', reference, '--key', `${prefix}.pub`])).status).toBe(0)
  conforms('prune.v1', await json(['prune', reference, '--key', `${other}.pub`]))
  expect((await command(['prune', reference, '--key', `${other}.pub`])).out).toContain('NOTHING TO PRUNE')
  expect((await command(['verify', reference, '--key', `${prefix}.pub`])).status).toBe(1)
  expect((await command(['verify', reference, '--key', `${other}.pub`])).status).toBe(0)
})

test('prune without a key says that nobody is named', async () => {
  const { reference } = await made()
  expect(await command(['prune', reference])).toMatchObject({ status: 0, err: expect.stringContaining('Nobody is named') as string })
})
