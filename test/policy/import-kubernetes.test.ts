import { describe, expect, it } from 'vitest'
import { importPolicy, parsePolicy, type ImportedPolicy } from '../../src/index.ts'
import { fixtureText } from '../fixtures.ts'
import { conforms } from '../schemas.ts'

const KEY = fixtureText('cosign-att-spdx', 'keys/k1.pub')
const OTHER = fixtureText('cosign-att-spdx', 'keys/other.pub')
const block = (text: string, indent: number): string => text.trimEnd().split('\n').map((line) => ' '.repeat(indent) + line).join('\n')
const json = (document: object): Promise<ImportedPolicy> => importPolicy(JSON.stringify(document))

async function valid(imported: ImportedPolicy): Promise<ImportedPolicy['file']['policies'][number]> {
  conforms('policy.v1', imported.file)
  expect((await parsePolicy(JSON.stringify(imported.file))).digest).toBe(imported.policy.digest)
  return imported.file.policies[0] as ImportedPolicy['file']['policies'][number]
}

function refuses(rows: readonly (readonly [string, object, string])[], read: (change: object) => Promise<ImportedPolicy>): void {
  it.each(rows)('refuses %s by name', async (_, change, where) => {
    await expect(read(change)).rejects.toMatchObject({ code: 'bad-policy', message: expect.stringContaining(where) as string })
  })
}

describe('ClusterImagePolicy', () => {
  const keyed = { name: 'release', key: { data: KEY } }
  const keyless = { keyless: { url: 'https://fulcio.sigstore.dev', identities: [{ issuer: 'https://i', subjectRegExp: '^https://x/[^/]*$' }] } }
  const spec = { images: [{ glob: 'registry.example/acme/**' }], authorities: [keyed] }
  const cip = (change: object): object => ({ apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name: 'images' }, spec: { ...spec, ...change } })
  const authority = (change: object): Promise<ImportedPolicy> => json(cip({ authorities: [change] }))

  it('is read from YAML', async () => {
    const imported = await importPolicy(`apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata:
  name: images # ours
spec:
  images:
  - glob: "registry.example/acme/**"
  authorities:
  - name: release
    key:
      data: |
${block(KEY, 8)}
    ctlog:
      url: https://rekor.sigstore.dev
  - keyless:
      identities:
      - issuer: https://token.actions.githubusercontent.com
        subjectRegExp: ^https://github\\.com/acme/app/\\.github/workflows/release\\.yml@refs/tags/[^/]*$
`)
    expect(await valid(imported)).toEqual({
      name: 'images', scopes: ['registry.example/acme/*'], require: { coverage: 'index' },
      signers: { 'release': { keys: [{ key: KEY }], log: true }, 'authority-2': { identityPattern: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*', issuer: 'https://token.actions.githubusercontent.com' } },
    })
    expect(imported.kind).toBe('cluster-image-policy')
  })

  it('says globs, modes, authorities that fail, and attestations', async () => {
    const scopes = async (...globs: string[]): Promise<unknown> => (await valid(await json(cip({ images: globs.map((glob) => ({ glob })) })))).scopes
    expect(await scopes('**')).toEqual(['*'])
    expect(await scopes('index.docker.io/library/**', 'a.example/b:**', 'a.example/b@**')).toEqual(['index.docker.io/library/*', 'a.example/b'])
    const warning = await json(cip({ mode: 'warn' }))
    expect(warning.notes.join()).toContain('would only warn')
    expect(await valid(await authority({ static: { action: 'fail' } }))).toEqual({ name: 'images', scopes: ['registry.example/acme/*'], reject: true })
    expect(Object.keys((await valid(await json(cip({ authorities: [keyed, { static: { action: 'fail' } }] })))).signers ?? {})).toEqual(['release'])
    const attested = await authority({ ...keyed, attestations: [{ name: 'a', predicateType: 'slsaprovenance1' }, { name: 'b', predicateType: 'https://spdx.dev/Document' }] })
    expect((await valid(attested)).require?.attestations).toEqual([{ predicateType: 'https://slsa.dev/provenance/v1' }, { predicateType: 'https://spdx.dev/Document' }])
    expect(attested.notes.join()).toContain('by attestations alone')
    expect((await valid(await authority({ keyless: { ...keyless.keyless, insecureIgnoreSCT: true } }))).signers).toEqual({ 'authority-1': { identityPattern: 'https://x/*', issuer: 'https://i', sct: false } })
  })

  it('several that match the same images would all have to be met', async () => {
    const two = (a: string, b: string): Promise<ImportedPolicy> => importPolicy([a, b].map((glob, i) => JSON.stringify({ ...cip({ images: [{ glob }] }), metadata: { name: `p${i}` } })).join('\n---\n').replace(/^/, '---\n'))
    for (const [a, b] of [['**', 'a.example/b/**'], ['a.example/b/**', 'a.example/b/**'], ['a.example/b/c/**', 'a.example/b/**']] as const) await expect(two(a, b)).rejects.toThrow('both would have to be met')
    expect((await two('a.example/b/**', 'a.example/bc/**')).file.policies).toHaveLength(2)
  })

  describe('what has no equal', () => {
    refuses([
      ['a glob of one level', { images: [{ glob: 'registry.example/acme/*' }] }, '"registry.example/acme/*"'],
      ['a glob of a part of a name', { images: [{ glob: 'registry.example/acme**' }] }, 'has the glob'],
      ['a glob of a tag', { images: [{ glob: 'registry.example/acme:v1' }] }, 'has the glob'],
      ['a glob of tags alone', { images: [{ glob: 'registry.example/acme:**' }] }, 'has the glob'],
      ['a glob without a host', { images: [{ glob: 'acme/**' }] }, 'has the glob'],
      ['a match of resources', { match: [{ resource: 'pods' }] }, '"match"'],
      ['a policy in Rego', { policy: { type: 'rego' } }, 'CUE or Rego'],
      ['an unknown field', { images2: [] }, '"images2"'],
      ['no authorities', { authorities: [] }, 'authorities'],
      ['attestations of one of several', { authorities: [keyed, { ...keyless, attestations: [{ name: 'a', predicateType: 'vuln' }] }] }, 'any of which suffices'],
    ], (change) => json(cip(change)))
    refuses([
      ['passing everything', { static: { action: 'pass' } }, '"static"'],
      ['a key in a secret', { key: { secretRef: { name: 'x' } } }, '"secretRef"'],
      ['a key in a service', { key: { kms: 'gcpkms://x' } }, '"kms"'],
      ['a key by its address', { key: { data: 'k8s://ns/x' } }, 'k8s://'],
      ['a text that is no key', { key: { data: 'x' } }, 'no PEM text'],
      ['a broken key', { key: { data: KEY.replace('MF', 'AA') } }, 'cannot be used'],
      ['another hash', { key: { data: KEY, hashAlgorithm: 'sha512' } }, '"sha512"'],
      ['key and keyless', { ...keyed, ...keyless }, 'exactly one of "key" and "keyless"'],
      ['keyless for everybody', { keyless: {} }, 'without "identities"'],
      ['an expression that is not anchored', { keyless: { identities: [{ issuer: 'i', subjectRegExp: 'https://x/.*' }] } }, 'regular expression "https://x/.*"'],
      ['another Fulcio', { keyless: { ...keyless.keyless, url: 'https://fulcio.example' } }, 'https://fulcio.example'],
      ['a certificate of its own', { keyless: { ...keyless.keyless, 'ca-cert': {} } }, '"ca-cert"'],
      ['a root of its own', { keyless: { ...keyless.keyless, trustRootRef: 'x' } }, '"trustRootRef"'],
      ['another log', { ...keyed, ctlog: { url: 'https://rekor.example' } }, 'https://rekor.example'],
      ['a log with its key', { ...keyed, ctlog: { publicKey: {} } }, '"ctlog"'],
      ['another place', { ...keyed, source: [{ oci: 'x' }] }, '"source"'],
      ['a timestamp authority', { ...keyed, rfc3161timestamp: {} }, '"rfc3161timestamp"'],
      ['a policy about an attestation', { ...keyed, attestations: [{ name: 'a', predicateType: 'vuln', policy: { type: 'cue' } }] }, 'CUE or Rego about'],
      ['an attestation that is not known', { ...keyed, attestations: [{ name: 'a', predicateType: 'magic' }] }, '"magic"'],
      ['an unknown field of it', { ...keyed, extra: 1 }, '"extra"'],
    ], authority)
  })
})

describe('Kyverno\'s verifyImages', () => {
  const entry = { keys: { publicKeys: KEY, rekor: { ignoreTlog: true } } }
  const images = { imageReferences: ['registry.example/acme/*'], attestors: [{ entries: [entry] }] }
  const match = { any: [{ resources: { kinds: ['Pod'] } }] }
  const policy = (change: object, rule: object = {}, spec: object = {}): Promise<ImportedPolicy> => json({
    apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name: 'p' }, spec: { validationFailureAction: 'Enforce', rules: [{ name: 'r', match, verifyImages: [{ ...images, ...change }], ...rule }], ...spec },
  })
  const attestor = (change: object): Promise<ImportedPolicy> => policy({ attestors: [{ entries: [change] }] })

  it('becomes a policy of ours', async () => {
    expect(await valid(await policy({}))).toEqual({ name: 'p/r', scopes: ['registry.example/acme/*'], signers: { 'attestor-1': { keys: [{ key: KEY }] } }, require: { signatures: { from: ['attestor-1'], threshold: 1 }, coverage: 'index' } })
    expect((await valid(await policy({ attestors: [{ entries: [{ keys: { publicKeys: KEY } }] }] }))).signers).toEqual({ 'attestor-1': { keys: [{ key: KEY }], log: true } })
    const keyless = await attestor({ keyless: { issuer: 'https://i', subject: 'https://x', additionalExtensions: { githubWorkflowSha: 'a' } }, annotations: { env: 'prod' } })
    expect(await valid(keyless)).toMatchObject({ signers: { 'attestor-1': { identity: 'https://x', issuer: 'https://i', extensions: { githubWorkflowSHA: 'a' } } }, require: { annotations: { env: 'prod' } } })
    expect((await policy({}, {}, { validationFailureAction: 'Audit' })).notes.join()).toContain('would only report')
  })

  it('counts attestors as Kyverno does: all of a set, or as many as it says; each key by itself', async () => {
    const both = { entries: [{ keys: { publicKeys: `${KEY}${OTHER}`, rekor: { ignoreTlog: true } } }] }
    const threshold = async (...attestors: object[]): Promise<unknown> => (await valid(await policy({ attestors }))).require?.signatures
    expect(await threshold(both)).toEqual({ from: ['attestor-1', 'attestor-2'], threshold: 2 })
    expect(await threshold({ ...both, count: 1 })).toEqual({ from: ['attestor-1', 'attestor-2'], threshold: 1 })
    expect(await threshold({ entries: [entry] }, both)).toEqual({ from: ['attestor-1', 'attestor-2'], threshold: 2 })
    await expect(threshold({ entries: [entry] }, { ...both, count: 1 })).rejects.toThrow('not all entries are needed')
  })

  it('demands attestations by type and signer', async () => {
    const imported = await policy({ attestations: [{ type: 'https://slsa.dev/provenance/v1', attestors: [{ entries: [{ keys: { publicKeys: OTHER, rekor: { ignoreTlog: true } } }] }] }] })
    expect(await valid(imported)).toMatchObject({ signers: { 'attestor-1': { keys: [{ key: OTHER }] }, 'attestor-2': { keys: [{ key: KEY }] } }, require: { signatures: { from: ['attestor-2'], threshold: 1 }, attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', from: ['attestor-1'] }] } })
  })

  describe('what has no equal', () => {
    refuses([
      ['a part of a name', { imageReferences: ['registry.example/acme*'] }, '"registry.example/acme*"'],
      ['a pattern within', { imageReferences: ['*.example/acme/*'] }, '"*.example/acme/*"'],
      ['one tag', { imageReferences: ['registry.example/acme:v1'] }, 'image pattern'],
      ['images left out', { skipImageReferences: ['a'] }, '"skipImageReferences"'],
      ['what is not required', { required: false }, '"required": false'],
      ['another repository', { repository: 'x' }, 'another repository'],
      ['Notary', { type: 'Notary' }, 'type'],
      ['nobody', { attestors: [] }, '"attestors"'],
      ['conditions', { attestations: [{ type: 'https://x', attestors: images.attestors, conditions: [{}] }] }, 'conditions about the attestation "https://x"'],
      ['an attestation of nobody', { attestations: [{ type: 'https://x' }] }, 'names nobody'],
      ['an attestation by a short name', { attestations: [{ type: 'vuln', attestors: images.attestors }] }, 'no URI'],
      ['old fields', { key: KEY }, '"key"'],
    ], policy)
    refuses([
      ['certificates', { certificates: { cert: 'x' } }, '"certificates"'],
      ['attestors within attestors', { attestor: {} }, 'within attestors'],
      ['a key in a service', { keys: { kms: 'awskms://x' } }, 'key service'],
      ['a secret', { keys: { publicKeys: 'k8s://a/b' } }, 'k8s://'],
      ['another log', { keys: { publicKeys: KEY, rekor: { url: 'https://rekor.example' } } }, 'https://rekor.example'],
      ['a log with its key', { keys: { publicKeys: KEY, rekor: { pubkey: 'x' } } }, 'logs of its own'],
      ['a wildcard subject', { keyless: { issuer: 'https://i', subject: 'https://x/*' } }, 'wildcard'],
      ['an authority of its own', { keyless: { issuer: 'https://i', subject: 'x', roots: 'x' } }, '"roots"'],
      ['an extension that is not known', { keyless: { issuer: 'https://i', subject: 'x', additionalExtensions: { magic: 'x' } } }, '"magic"'],
    ], attestor)
    refuses([
      ['a match of some', { match: { any: [{ resources: { kinds: ['Pod'], namespaces: ['x'] } }] } }, '"match"'],
      ['an exclusion', { exclude: {} }, '"exclude"'],
      ['preconditions', { preconditions: {} }, '"preconditions"'],
      ['a context', { context: [] }, '"context"'],
      ['a rule about something else', { verifyImages: undefined, validate: {} }, '"validate"'],
    ], (rule) => policy({}, rule))
  })
})

describe('Kyverno\'s ImageValidatingPolicy', () => {
  const ORDINARY = 'images.containers.map(image, verifyImageSignatures(image, [attestors.a])).all(e, e > 0)'
  const a = { name: 'a', cosign: { key: { data: KEY }, ctlog: { insecureIgnoreTlog: true } } }
  const b = { name: 'b', cosign: { keyless: { identities: [{ issuer: 'https://i', subject: 'x' }] } } }
  const spec = { matchImageReferences: [{ glob: 'registry.example/acme/*' }], attestors: [a, b], validationActions: ['Deny'], validations: [{ expression: ORDINARY }] }
  const policy = (change: object): Promise<ImportedPolicy> => json({ apiVersion: 'policies.kyverno.io/v1', kind: 'ImageValidatingPolicy', metadata: { name: 'p' }, spec: { ...spec, ...change } })

  it('becomes a policy of ours where its expressions are the ordinary ones', async () => {
    const imported = await policy({})
    expect(await valid(imported)).toEqual({ name: 'p', scopes: ['registry.example/acme/*'], signers: { a: { keys: [{ key: KEY }] } }, require: { signatures: { threshold: 1 }, coverage: 'index' } })
    expect(imported.notes.join()).toContain('"b", whom no expression')
    expect((await valid(await policy({ validations: [{ expression: ORDINARY.replace('attestors.a', 'attestors.a, attestors.b') }] }))).require?.signatures).toEqual({ threshold: 1 })
    expect((await valid(await policy({ validations: [{ expression: ORDINARY }, { expression: ` ${ORDINARY.replace('attestors.a', 'attestors.b')}\n` }] }))).require?.signatures).toEqual({ threshold: 2 })
  })

  refuses([
    ['an expression that always holds', { validations: [{ expression: 'true' }] }, 'expression "true"'],
    ['an expression with an exception', { validations: [{ expression: `${ORDINARY} || true` }] }, 'has the expression'],
    ['another bound', { validations: [{ expression: ORDINARY.replace('> 0', '>= 0') }] }, 'has the expression'],
    ['verified attestations', { attestations: [{ name: 'x' }] }, '"attestations"'],
    ['images by an expression', { matchImageReferences: [{ expression: 'x' }] }, 'in CEL'],
    ['conditions', { matchConditions: [] }, '"matchConditions"'],
    ['variables', { variables: [] }, '"variables"'],
    ['Notary', { attestors: [{ name: 'a', notary: {} }] }, 'notation\'s trust policy'],
    ['an attestor that is not there', { validations: [{ expression: ORDINARY.replace('attestors.a', 'attestors.c') }] }, '"c"'],
    ['what is not required', { validationConfigurations: { required: false } }, '"required": false'],
    ['an unknown field', { extra: 1 }, '"extra"'],
  ], policy)
})

describe('documents', () => {
  it('of other kinds, of several kinds, and broken ones are refused', async () => {
    for (const [text, where] of [['apiVersion: v1\nkind: Pod', 'Nothing is known'], ['', 'Nothing is known'], ['a: &x 1', 'an anchor'], ['kind: ClusterImagePolicy\napiVersion: policy.sigstore.dev/v1\n---\nkind: Policy\napiVersion: kyverno.io/v1', 'several kinds']] as const) {
      await expect(importPolicy(text)).rejects.toMatchObject({ code: 'bad-policy', message: expect.stringContaining(where) as string })
    }
  })
})
