import { describe, expect, onTestFinished, test } from 'vitest'
import { loadLayout } from '../../demo/registry/layout.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { policyFromKeys } from '../../src/policy/from-options.ts'
import { recorder } from '../../src/source/recorder.ts'
import { registry } from '../../src/source/registry.ts'
import { collectEvidence, openEvidence } from '../../src/verify/evidence.ts'
import { encodeVerdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { fixtureText, layoutOf, readCase } from '../fixtures.ts'
import { hostileRegistry } from './registry/hostile.ts'
import { absent, flippedBit, hang, otherBytes, reset, serverError } from './registry/lies.ts'
import { asked, AT, detached, flat, judge, world, type World } from './support.ts'

const NAME = 'child-bytes_fail'
const TWELVE = ['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips64le', 'mipsle', 'ppc64', 'ppc64le', 'riscv64', 's390x', 'wasm'].map((architecture) => ({ os: 'linux', architecture }))

/** Digests of the platforms whose manifests were asked for. */
function leavesAsked(on: World): readonly string[] {
  return on.image.manifests.map(({ digest }) => digest).filter((digest) => asked(on).includes(`manifests/${digest}`))
}

// no registry stores this case; the lying one serves its bytes under the digest that they do not have
describe(`${NAME}, served by a registry: never allowed`, async () => {
  const { subject, platforms } = readCase(NAME)
  const wrong = platforms?.[0]?.digest ?? ''
  const policy = policyFromKeys([fixtureText(NAME, 'keys/k1.pub'), fixtureText(NAME, 'keys/k2.pub')])

  async function served(what: string): Promise<string> {
    const server = await hostileRegistry()
    onTestFinished(() => server.close())
    await loadLayout(server.store, 'demo/app', layoutOf(NAME), { unchecked: true })
    const bytes = layoutOf(NAME).get(`blobs/sha256/${wrong.slice(7)}`)
    expect(bytes).toBeDefined()
    server.put(wrong, otherBytes(bytes ?? new Uint8Array()))
    return `${server.host}/demo/app@${what}`
  }

  test('by its own digest: nothing was read', async () => {
    const verdict = await verify(await served(wrong), { source: registry(), policy, at: AT })
    expect(verdict).toMatchObject({ outcome: 'indeterminate', digest: null, reasons: [{ code: 'digest-mismatch' }] })
  })

  for (const all of [false, true]) {
    test(`by the index that is signed, reading ${all ? 'all' : 'what is needed'}; its record gives the same bytes`, async () => {
      const reference = await served(subject)
      const record = recorder(registry(), parseReference(reference))
      const live = await verify(reference, { source: record, policy, all, at: AT })
      expect(live).toMatchObject({ outcome: 'indeterminate', digest: subject, reasons: [{ code: 'digest-mismatch', effect: 'decides', subject: wrong }, { code: 'place-failed' }, {}] })
      const collected = await collectEvidence(reference, { source: registry(), at: AT })
      for (const files of [record.layout('2026-11-24T12:00:00Z'), collected.files]) {
        expect(encodeVerdict(await verify(reference, { source: await openEvidence(files), policy, all, at: AT }))).toBe(encodeVerdict(live))
      }
    })
  }

  test('asked for another platform, the bytes of this one are not met, nor handed out', async () => {
    const name = 'linux/arm64'
    const verdict = await verify(await served(subject), { source: registry(), policy, platform: name, at: AT })
    expect(verdict).toMatchObject({ outcome: 'allow', platform: { name, digest: platforms?.[1]?.digest } })
  })
})

describe('T3: the platforms are asked for along with the first places', () => {
  test('an answer of other bytes is no allow, and an unsigned image is not told from it', async () => {
    for (const isSigned of [true, false]) {
      const on = await world()
      if (isSigned) await detached(on)
      on.server.put(on.image.manifests[0]?.digest ?? '', flippedBit(7))
      expect(await judge(on)).toMatchObject({ outcome: 'indeterminate', codes: ['digest-mismatch', 'place-failed'] })
    }
  })

  test('absent, an error, a broken answer, none at all: the digest was signed, and nobody needs the bytes', async () => {
    for (const answer of [absent, serverError(503), reset, hang]) {
      const on = await world()
      await detached(on)
      on.server.put(on.image.manifests[0]?.digest ?? '', answer)
      expect(await judge(on, { timeoutMs: 2_000 })).toMatchObject({ outcome: 'allow', codes: ['requirements-met'] })
    }
  })

  test('one that never comes holds up no place of a later stage', async () => {
    const on = await world()
    for (const manifest of on.image.manifests) {
      await detached(on, manifest)
      on.server.put(manifest.digest, hang)
    }
    expect(await judge(on, { timeoutMs: 2_000 })).toMatchObject({ outcome: 'allow', codes: ['requirements-met'] })
  })

  test('no round trip more: the places answer only once the platforms were asked for, and the other way round', async () => {
    const on = await world()
    await detached(on)
    const [leaf, place] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    on.server.put(on.image.manifests[0]?.digest ?? '', async (_, ask) => {
      leaf.resolve()
      await place.promise
      return ask()
    })
    on.server.put(on.image.index.digest.replace(':', '-'), async (_, ask) => {
      place.resolve()
      await leaf.promise
      return ask()
    })
    expect(await judge(on, { timeoutMs: 8_000 })).toMatchObject({ outcome: 'allow', codes: ['requirements-met'] })
    expect(leavesAsked(on)).toHaveLength(on.image.manifests.length)
  })

  test('a policy that the graph satisfies asks for nothing more', async () => {
    const on = await world()
    await flat(on)
    on.server.put(on.image.manifests[0]?.digest ?? '', flippedBit(7))
    expect((await judge(on)).outcome).toBe('allow')
    expect(asked(on)).toEqual(['manifests/v1'])
  })

  test('with a platform, only what is judged; where everything is read, all of them', async () => {
    const on = await world()
    await detached(on)
    const [amd64, arm64] = on.image.manifests.map(({ digest }) => digest)
    expect(await judge(on, { platform: 'linux/arm64' })).toMatchObject({ outcome: 'allow' })
    expect(leavesAsked(on)).toEqual([arm64])
    on.server.put(amd64 ?? '', flippedBit(7))
    expect(await judge(on, { platform: 'linux/arm64' })).toMatchObject({ outcome: 'allow' })
    const whole = await judge(on, { platform: 'linux/arm64', all: true })
    expect(whole).toMatchObject({ outcome: 'allow', codes: ['requirements-met'] })
    expect(whole.places).toContain('graph failed digest-mismatch')
  })

  test('never at the cost of a place: 12 unsigned platforms with every place asked are 40 requests', async () => {
    const on = await world({}, { platforms: TWELVE })
    expect((await judge(on, { maxRequests: 40 })).outcome).toBe('unsigned')
    expect(asked(on)).toHaveLength(40)
    expect(leavesAsked(on)).toEqual([])
    const start = asked(on).length
    expect((await judge(on, { maxRequests: 52 })).outcome).toBe('unsigned')
    expect(asked(on).slice(start)).toHaveLength(52)
    expect(leavesAsked(on)).toHaveLength(12)
  })

  test('where everything is read and they do not fit, they come last', async () => {
    const on = await world()
    await detached(on)
    on.server.put(on.image.manifests[0]?.digest ?? '', flippedBit(7))
    const places = 4 * 3
    expect(await judge(on, { all: true, maxRequests: 1 + places + 1 })).toMatchObject({ outcome: 'indeterminate', codes: ['digest-mismatch', 'place-failed'] })
    expect(asked(on).indexOf(`manifests/${on.image.manifests[0]?.digest}`)).toBeGreaterThan(places)
  })
})
