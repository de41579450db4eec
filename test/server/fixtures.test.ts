import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeVerdict, loadTrustedRoot, openEvidence, parsePolicy, policyFromNotation, verify, type Verdict } from '../../src/index.ts'
import { writeTar } from '../../src/oci/tar.ts'
import { caseNames, fixtureText, judgementsOf, layoutOf, readCase } from '../fixtures.ts'
import { startServe, startWorkerd, type Launched } from './launch.ts'

interface Posted {
  readonly name: string
  readonly policy: string
  readonly reference: string
  readonly platform: string | null
  readonly tar: Uint8Array<ArrayBuffer>
}

/** What all keyless fixtures were made with. */
const ROOT = fixtureText('keyless-email', 'trusted_root.json')

/** Each fixture and alternative as a policy by name, a policy file's text, and what to post. */
async function postings(): Promise<{ policies: Record<string, object>; posted: Posted[] }> {
  const policies: Record<string, object> = {}
  const posted = await Promise.all(caseNames().map(async (name) => {
    const test = readCase(name)
    const tar = writeTar(layoutOf(name))
    // a server has one root, so those that ask for another are left to the library's own test
    const judgements = judgementsOf(test).filter(({ asked }) => asked.identities.length === 0 || asked.trustedRoot === ROOT)
    return Promise.all(judgements.map(async ({ label, asked }, i): Promise<Posted> => {
      const { keys, allowedSigners, identities, log, platform } = asked
      const signers = Object.fromEntries([
        ...new Map(keys.map((key) => [key.trim(), { keys: [{ key }] }])).values(),
        ...(allowedSigners === null ? [] : sshSigners(allowedSigners)),
        ...identities.map(({ san, issuer }) => ({ identity: san, issuer, log })),
      ].map((signer, j) => [`s${j}`, signer]))
      policies[`${name}.${i}`] = asked.notation === null ? { version: 1, policies: [{ name: 'p', scopes: ['*'], signers }] } : (await policyFromNotation(asked.notation)).file
      return { name: `${name}, ${label}`, policy: `${name}.${i}`, reference: test.reference, platform, tar }
    }))
  }))
  return { policies, posted: posted.flat() }
}

function sshSigners(text: string): object[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')).map((line) => {
    const [, key = ''] = /((?:ssh-|ecdsa-)\S+ \S+)/.exec(line) ?? []
    return { ssh: { key, namespaces: (/namespaces="([^"]*)"/.exec(line)?.[1] ?? 'file').split(',') } }
  })
}

const { policies, posted } = await postings()

async function post(url: string, { policy, reference, platform, tar }: Posted): Promise<Response> {
  const query = new URLSearchParams({ ref: reference, policy, ...(platform !== null && { platform }) })
  return fetch(`${url}/v1/verify?${query.toString()}`, { method: 'POST', body: tar, headers: { 'content-type': 'application/x-tar' } })
}

describe('every fixture, posted as evidence: the verdict bytes of the library', () => {
  const running: Launched[] = []
  const env = { POLICIES: JSON.stringify(policies), TRUSTED_ROOT: ROOT }
  beforeAll(async () => {
    running.push(await startWorkerd(env), await startServe(env))
  })
  afterAll(async () => {
    await Promise.all(running.map(({ stop }) => stop()))
  })

  it('in workerd, and from sealdex serve', async () => {
    expect(posted.length).toBeGreaterThan(180)
    const outcomes = new Set<string>()
    for (const one of posted) {
      for (const { url } of running) {
        const response = await post(url, one)
        const text = await response.text()
        if (response.status !== 200) {
          // what cannot be opened at all is told as a problem, and the library throws the same
          await expect(openEvidence(one.tar), `${one.name}: ${text}`).rejects.toMatchObject({ code: (JSON.parse(text) as { code: string }).code })
          continue
        }
        const there = JSON.parse(text) as Verdict
        outcomes.add(there.outcome)
        const here = await verify(one.reference, { source: await openEvidence(one.tar), policy: parsePolicy(JSON.stringify(policies[one.policy])), at: new Date(there.at), trustedRoot: loadTrustedRoot(ROOT), ...(one.platform !== null && { platform: one.platform }) })
        expect(text, one.name).toBe(encodeVerdict(here))
      }
    }
    expect([...outcomes].sort()).toEqual(['allow', 'deny', 'unsigned'])
  })
})
