import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { PUBLIC_GOOD_ROOT } from '../../src/sigstore/public-good-root.ts'
import type { ConformanceCase } from './conformance-run.ts'
import type { SuiteResult } from './wycheproof.ts'

/** A case and what has to come of it. */
export interface PreparedCase {
  readonly input: ConformanceCase
  readonly accept: boolean
}

interface Listed {
  readonly name: string
  readonly bundle: string
  readonly artifact: string
  readonly sha256: string
  readonly key?: string
  readonly identity?: string
  readonly issuer?: string
  readonly trustedRoot?: string
  readonly expect: 'pass' | 'fail'
}

/** The cases of a folder: by its cases.json, or as a checkout of sigstore-conformance has them (test/assets/bundle-verify). */
export function readConformance(folder: string): readonly PreparedCase[] {
  const listed = existsSync(join(folder, 'cases.json')) ? JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as readonly Listed[] : listCheckout(folder)
  return listed.map((each) => prepare(folder, each))
}

function prepare(folder: string, { name, bundle, artifact, sha256, key, identity, issuer, trustedRoot, expect }: Listed): PreparedCase {
  const base64 = (path: string): string => readFileSync(join(folder, path)).toString('base64')
  const input: ConformanceCase = {
    name, bundle: base64(bundle), artifact: base64(artifact), sha256,
    key: key === undefined ? null : readFileSync(join(folder, key), 'utf8'), identity: identity ?? null, issuer: issuer ?? null,
    trustedRoot: trustedRoot === undefined ? Buffer.from(PUBLIC_GOOD_ROOT).toString('base64') : base64(trustedRoot),
    at: new Date().toISOString(),
  }
  return { input, accept: expect === 'pass' }
}

const IDENTITY = 'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
const ISSUER = 'https://token.actions.githubusercontent.com'

/** What the public suite's own runner makes of its folders: files of a case beside its bundle, the artifact, identity and issuer shared where it has none. */
function listCheckout(folder: string): readonly Listed[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'bundle.sigstore.json'))).map(({ name }) => {
    const own = (file: string): string | null => (existsSync(join(folder, name, file)) ? `${name}/${file}` : null)
    const text = (file: string, otherwise: string): string => readOr(folder, own(file), otherwise)
    const [artifact, key, trustedRoot] = [own('artifact') ?? 'a.txt', own('key.pub'), own('trusted_root.json')]
    const sha256 = createHash('sha256').update(readFileSync(join(folder, artifact))).digest('hex')
    // the suite's runner goes by the name, too: this case gives both, which is to fail
    const isCertified = key === null || name.includes('managed-key-and-client-identity')
    const signer = { ...(key !== null && { key }), ...(isCertified && { identity: text('identity', IDENTITY), issuer: text('issuer', ISSUER) }) }
    return { name, bundle: `${name}/bundle.sigstore.json`, artifact, sha256, ...signer, ...(trustedRoot !== null && { trustedRoot }), expect: name.endsWith('_fail') ? 'fail' : 'pass' }
  })
}

function readOr(folder: string, path: string | null, otherwise: string): string {
  return path === null ? otherwise : readFileSync(join(folder, path), 'utf8').trim()
}

/** Which answers of a runtime are right. */
export function judgeConformance(cases: readonly PreparedCase[], answers: Readonly<Record<string, string>>): SuiteResult {
  let passed = 0
  const failed: string[] = []
  for (const { input, accept } of cases) {
    for (const by of ['path', 'digest']) {
      const got = answers[`${input.name} by ${by}`] ?? 'no answer'
      if ((got === 'accepted') === accept && got !== 'no answer') passed++
      else failed.push(`${input.name} by ${by}: ${got}`)
    }
  }
  return { passed, failed }
}
