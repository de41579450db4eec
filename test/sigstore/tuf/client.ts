import { expect } from 'vitest'
import type { TufOptions } from '../../../src/sigstore/tuf/session.ts'
import { loadTrustedRootFromMirror } from '../../../src/sigstore/tuf/trusted-root-target.ts'
import { testKey } from './keys.ts'
import { testRepository, type Part, type TestRepository } from './repository.ts'

const KEPT = { version: 5 } as const

/** What a client that has read version 5 makes of what comes next. */
export async function after(change: (repository: TestRepository) => Promise<void>, more?: (repository: TestRepository) => Partial<TufOptions>): Promise<string> {
  const repository = await testRepository()
  await repository.publish(KEPT)
  expect((await loadTrustedRootFromMirror(repository.options())).state).toBe('read')
  await change(repository)
  const result = await loadTrustedRootFromMirror(repository.options(more?.(repository)))
  return result.state === 'failed' ? `${result.code}: ${result.message}` : `${result.value.from}, root ${result.value.rootVersion}`
}

/** Another key for a role, from the next root on. */
export async function replaceKey(repository: TestRepository, part: Part): Promise<void> {
  repository.roles[part].signers = [await testKey()]
  repository.trust(part, repository.roles[part].signers)
}
