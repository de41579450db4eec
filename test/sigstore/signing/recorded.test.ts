import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../src/base/bytes.ts'
import { archiveFiles } from '../../../src/oci/layout.ts'
import { parsePolicy } from '../../../src/policy/parse.ts'
import { loadTrustedRoot } from '../../../src/sigstore/trusted-root.ts'
import { openEvidence } from '../../../src/verify/evidence.ts'
import { verify } from '../../../src/verify/verify.ts'

/**
 * What `sealdex sign` wrote with real services (Fulcio 1.8.8, timestamp authority 2.1.2, Rekor 2.3.0 and 1.5.3) into real registries, as `sealdex evidence` recorded it: config, layout and registry
 * stand in the name. Made by `SEALDEX_RECORDED=test/sigstore/signing/recorded npm run test:interop -- sigstore`.
 */
const FOLDER = join(import.meta.dirname, 'recorded')
const RECORDS = readdirSync(FOLDER).filter((name) => name.endsWith('.tar.gz'))
const AFTER = new Date('2027-06-01T00:00:00Z')

const root = await loadTrustedRoot(readFileSync(join(FOLDER, 'trusted_root.json')))

async function judged(name: string, change: object = {}, at: Date = AFTER): ReturnType<typeof verify> {
  const bytes = Uint8Array.from(readFileSync(join(FOLDER, name)))
  const index = JSON.parse(utf8Decode(await (await archiveFiles(bytes)).get('index.json', 1_000_000) ?? new Uint8Array(0))) as { readonly annotations: Readonly<Record<string, string>> }
  const signer = name.includes('flat')
    ? { identity: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main', issuer: 'https://token.actions.example.com', extensions: { sourceRepositoryURI: 'https://github.com/acme/app', tokenSubject: 'repo:acme/app:ref:refs/heads/main' } }
    : { identity: 'ada@example.com', issuer: 'https://accounts.example.com' }
  const policy = { version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { who: { ...signer, log: !name.startsWith('timestamp-alone'), ...change } }, require: { repository: true, tag: true } }] }
  return verify(index.annotations['dev.sealdex/reference'] ?? '', { source: await openEvidence(bytes), policy: await parsePolicy(utf8Encode(JSON.stringify(policy))), trustedRoot: root, at })
}

describe('written with real services, judged offline', () => {
  test('there are records of every config and layout', () => {
    expect(RECORDS).toHaveLength(16)
  })

  test.each(RECORDS)('%s', async (name) => {
    expect(await judged(name)).toMatchObject({ outcome: 'allow', signers: [{ kind: 'keyless' }] })
    expect(await judged(name, { identity: 'mallory@example.com' })).toMatchObject({ outcome: 'deny' })
    expect(await judged(name, { extensions: { sourceRepositoryURI: 'https://github.com/acme/other' } })).toMatchObject({ outcome: 'deny' })
    // what is said to be signed later than the clock of the one who judges was not signed then
    expect(await judged(name, {}, new Date('2026-11-24T00:00:00Z'))).toMatchObject({ outcome: 'deny' })
    if (name.startsWith('timestamp-alone')) expect(await judged(name, { log: true })).toMatchObject({ outcome: 'deny' })
  })
})
