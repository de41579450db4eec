import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { utf8Decode } from '../../src/base/bytes.ts'
import { formatTime } from '../../src/base/time.ts'
import { builtInTrustedRoot, builtInTufRoot, oldRootWarning } from '../../src/sigstore/built-in-root.ts'
import { memoryTufCache } from '../../src/sigstore/tuf/cache.ts'
import { beginWithRoot } from '../../src/sigstore/tuf/rules.ts'
import { refreshTuf } from '../../src/sigstore/tuf/refresh.ts'

const DAY = 86_400
const { pinnedRoot, mirror } = await builtInTufRoot()

describe('the built-in public-good root', () => {
  it('is the one of the installed @sigstore/tuf; npm run update-root takes a newer one', async () => {
    const seeds = JSON.parse(readFileSync(join(import.meta.dirname, '../../node_modules/@sigstore/tuf/seeds.json'), 'utf8')) as Record<string, { 'root.json': string, targets: Record<string, string> }>
    expect(utf8Decode(pinnedRoot)).toBe(atob(seeds[mirror]?.['root.json'] ?? ''))
    expect((await builtInTrustedRoot()).text).toBe(atob(seeds[mirror]?.targets['trusted_root.json'] ?? ''))
  })

  it('is signed by enough of its own keys', async () => {
    const root = await beginWithRoot(pinnedRoot)
    expect(root.version).toBeGreaterThanOrEqual(16)
    expect(root.content.roles.root).toMatchObject({ threshold: 3 })
    expect(root.expires).toBeGreaterThan((await builtInTrustedRoot()).takenAt)
  })

  it('is not taken once a word of it is changed', async () => {
    const changed = new TextEncoder().encode(utf8Decode(pinnedRoot).replace(/"version": \d+/, '"version": 99'))
    await expect(beginWithRoot(changed)).rejects.toMatchObject({ code: 'trust-root-invalid' })
  })

  it('gives nothing without a mirror, and says when it is too old to begin with', async () => {
    const offline = { fetch: null, cache: memoryTufCache(), pinnedRoot }
    const { version, expires } = await beginWithRoot(pinnedRoot)
    expect(await refreshTuf({ ...offline, now: expires - 1 })).toMatchObject({ code: 'unreachable' })
    expect(await refreshTuf({ ...offline, now: expires })).toMatchObject({ code: 'trust-root-expired', message: `Root version ${version} expired on ${formatTime(expires).slice(0, 10)}.` })
  })

  it('is warned of after 180 days', () => {
    expect(oldRootWarning({ takenAt: 1_000 }, 1_000 + 180 * DAY)).toBeNull()
    expect(oldRootWarning({ takenAt: 1_000 }, 1_001 + 180 * DAY)).toMatchObject({ code: 'trust-root-old', message: expect.stringContaining('1970-01-01') })
    expect(oldRootWarning({ takenAt: 1_000 }, 0)).toBeNull()
  })
})
