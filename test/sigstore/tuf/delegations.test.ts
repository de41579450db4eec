import { describe, expect, it } from 'vitest'
import { utf8Encode } from '../../../src/base/bytes.ts'
import { digestOf, hexOf } from '../../../src/crypto/digest.ts'
import { refreshTuf } from '../../../src/sigstore/tuf/refresh.ts'
import { testKey, type TestKey } from './keys.ts'
import { EARLIER, keysOf, LATER, testRepository, type TestRepository, type TestRole } from './repository.ts'

const BYTES = utf8Encode('{"keys":[]}')
const NAME = 'registry.example/keys.json'

interface Given {
  readonly paths?: readonly string[]
  readonly path_hash_prefixes?: readonly string[]
  readonly terminating?: boolean
  readonly threshold?: number
  readonly by?: readonly string[]
  /** Not signed by the key that is named. */
  readonly other?: true
  readonly has?: boolean
}

/** Delegates from the top level, or from the roles `by`; the role signs the target `NAME` if it `has` it. */
async function delegate(repository: TestRepository, name: string, { paths, path_hash_prefixes, terminating, threshold = 1, by = ['targets'], other, has = false }: Given): Promise<TestRole> {
  const key = await testKey()
  const role: TestRole = { signed: { _type: 'targets', spec_version: '1.0', version: 1, expires: LATER, targets: {} }, signers: [other ? { ...(await testKey()), id: key.id } : key] }
  repository.delegated.set(name, role)
  for (const parent of by) addDelegation(repository, parent, [key], { name, keyids: [key.id], threshold, ...(paths && { paths }), ...(path_hash_prefixes && { path_hash_prefixes }), ...(terminating !== undefined && { terminating }) })
  if (has) await repository.addTarget(NAME, BYTES, role)
  return role
}

function addDelegation(repository: TestRepository, parent: string, keys: readonly TestKey[], role: object): void {
  const signed: Record<string, unknown> = parent === 'targets' ? repository.roles.targets.signed : repository.delegated.get(parent)?.signed ?? {}
  const { keys: before, roles } = (signed['delegations'] ?? { keys: {}, roles: [] }) as { keys: object, roles: object[] }
  signed['delegations'] = { keys: { ...before, ...keysOf(keys) }, roles: [...roles, role] }
}

/** `found`, `none` or code and message. */
async function ask(repository: TestRepository): Promise<string> {
  await repository.publish({ version: 2 })
  const refreshed = await refreshTuf(repository.options())
  if (refreshed.state === 'failed') return `${refreshed.code}: ${refreshed.message}`
  const found = await refreshed.value.target(NAME).catch((error: unknown) => error as Error & { code: string })
  return found === null ? 'none' : found instanceof Error ? `${found.code}: ${found.message}` : 'found'
}

async function asked(given: Given): Promise<string> {
  const repository = await testRepository()
  await delegate(repository, 'npm', { has: true, ...given })
  return ask(repository)
}

const PREFIX = hexOf(await digestOf(utf8Encode(NAME))).slice(0, 3)

describe('delegated targets', () => {
  it.each<[string, Given, string]>([
    ['registry.example/*', { paths: ['registry.example/*'] }, 'found'],
    ['one of several patterns', { paths: ['x', 'registry.example/k?ys.j*n'] }, 'found'],
    ['the whole name', { paths: [NAME] }, 'found'],
    ['* is within one segment', { paths: ['*'] }, 'none'],
    ['** is no more than *', { paths: ['**'] }, 'none'],
    ['the prefix alone', { paths: ['registry.example'] }, 'none'],
    ['a pattern is of the whole segment', { paths: ['registry.example/keys'] }, 'none'],
    ['a dot is a dot', { paths: ['registryXnpmjs.org/*'] }, 'none'],
    ['? is one character', { paths: ['registry.example/?'] }, 'none'],
    ['no pattern', { paths: [] }, 'none'],
    ['the prefix of its hash', { path_hash_prefixes: ['fffff', PREFIX] }, 'found'],
    ['the prefix of another hash', { path_hash_prefixes: [`${PREFIX.slice(0, 2)}${PREFIX.endsWith('0') ? '1' : '0'}`] }, 'none'],
  ])('%s', async (_, given, expected) => expect(await asked(given)).toBe(expected))

  it('by a pattern that would make others go back and forth', async () => {
    expect(await asked({ paths: [`registry.example/${'*?'.repeat(30)}${'*k'.repeat(5_000)}`] })).toBe('none')
  })

  it.each<[string, Given, RegExp]>([
    ['signed by another key', { paths: ['*/*'], other: true }, /^trust-root-invalid: 0 of the keys of the targets signed, and 1/],
    ['signed by too few', { paths: ['*/*'], threshold: 2 }, /^trust-root-invalid: 1 of the keys of the targets signed, and 2/],
    ['neither paths nor hashes', {}, /^trust-root-invalid: .*needs either/],
    ['both paths and hashes', { paths: [], path_hash_prefixes: [] }, /^trust-root-invalid: .*needs either/],
  ])('%s', async (_, given, expected) => expect(await asked(given)).toMatch(expected))

  it('expired', async () => {
    const repository = await testRepository()
    const role = await delegate(repository, 'npm', { paths: ['*/*'], has: true })
    role.signed.expires = EARLIER
    expect(await ask(repository)).toMatch(/^trust-root-expired: The targets of "npm"/)
  })

  it('that the snapshot does not list', async () => {
    const repository = await testRepository()
    await delegate(repository, 'npm', { paths: ['*/*'], has: true })
    repository.delegated.clear()
    expect(await ask(repository)).toMatch(/^trust-root-invalid: The snapshot does not list the targets of "npm"/)
  })

  it.each(['root', 'timestamp', 'snapshot', 'targets'])('under the name %s', async (name) => {
    const repository = await testRepository()
    addDelegation(repository, 'targets', [], { name, keyids: [], threshold: 1, paths: ['*/*'] })
    expect(await ask(repository)).toMatch(/^trust-root-invalid: .*or a role of the top level/)
  })

  it.each(['../x', 'a/b', 'ü'])('of a role called %s, whose name is no path', async (name) => {
    const repository = await testRepository()
    await delegate(repository, name, { paths: ['*/*'], has: true })
    expect(await ask(repository)).toBe('found')
    expect(repository.asked).toContain(`1.${encodeURIComponent(name)}.json`)
  })
})

describe('who is asked', () => {
  it.each([[false, 'found'], [true, 'none']])('the next one, where the first (terminating: %s) has it not', async (terminating, expected) => {
    const repository = await testRepository()
    await delegate(repository, 'first', { paths: ['*/*'], terminating })
    await delegate(repository, 'second', { paths: ['*/*'], has: true })
    expect(await ask(repository)).toBe(expected)
  })

  it('nobody outside of a terminating one, however deep', async () => {
    const repository = await testRepository()
    await delegate(repository, 'a', { paths: ['*/*'] })
    await delegate(repository, 'aa', { paths: ['*/*'], by: ['a'], terminating: true })
    await delegate(repository, 'b', { paths: ['*/*'], has: true })
    expect(await ask(repository)).toBe('none')
  })

  it('the first before what comes after, to the bottom', async () => {
    const repository = await testRepository()
    await delegate(repository, 'a', { paths: ['*/*'] })
    await delegate(repository, 'aa', { paths: ['*/*'], by: ['a'], has: true })
    await delegate(repository, 'b', { paths: ['*/*'] })
    expect(await ask(repository)).toBe('found')
    expect(repository.asked.filter((path) => /^1\.[ab]/.test(path))).toEqual(['1.a.json', '1.aa.json'])
  })

  it('each once, where they delegate in a circle', async () => {
    const repository = await testRepository()
    await delegate(repository, 'a', { paths: ['*/*'] })
    await delegate(repository, 'b', { paths: ['*/*'], by: ['a'] })
    const [key] = repository.delegated.get('a')?.signers ?? []
    if (key !== undefined) addDelegation(repository, 'b', [key], { name: 'a', keyids: [key.id], threshold: 1, paths: ['*/*'] })
    expect(await ask(repository)).toBe('none')
  })

  it('no more than 32', async () => {
    const repository = await testRepository()
    for (let count = 0; count < 32; count++) await delegate(repository, `role-${count}`, { paths: ['*/*'] })
    expect(await ask(repository)).toMatch(/^trust-root-invalid: More than 32 roles/)
  })

  it('no list of more than 1,024', async () => {
    const repository = await testRepository()
    repository.roles.targets.signed['delegations'] = { keys: {}, roles: Array.from({ length: 1_025 }, (_, at) => ({ name: `role-${at}`, keyids: ['x'], threshold: 1, paths: [] })) }
    expect(await ask(repository)).toMatch(/^trust-root-invalid: .*1025 roles/)
  })
})
