import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seedImage } from '../../demo/images.ts'
import { utf8Encode } from '../../src/base/bytes.ts'
import { copy } from '../../src/copy/copy.ts'
import type { CopySide, CopyTarget } from '../../src/copy/endpoint.ts'
import type { Signer } from '../../src/crypto/private-key.ts'
import { attach } from '../../src/edit/attach.ts'
import { attest } from '../../src/edit/attest.ts'
import { prune } from '../../src/edit/prune.ts'
import { parseReference } from '../../src/oci/reference.ts'
import type { RegistryOptions } from '../../demo/registry/registry.ts'
import { reorderedWrites } from '../hostile/registry/reordered-writes.ts'
import { VirtualClock } from './clock.ts'
import { AT, bench, REPOSITORY, signers, type Bench } from './fixture.ts'
import { judgedBy, policyOf } from './judged.ts'

const REF = `${REPOSITORY}:v1`
const WRITERS = 4
/** The keys after the writers' own: whoever signed before anybody wrote, and whose signature comes along with a copy. */
const [STRANGER, AUTHOR] = [WRITERS, WRITERS + 1]
/** The same image in another repository, which its author signed and attached a file to. */
const ORIGINAL = 'registry.example/demo/original:v1'
const AUTHORS_FILE = 2

/** What a writer does, one after the other; `what` tells one file or statement from another. */
type Step = { readonly does: 'sign' | 'attach' | 'attest'; readonly what: number } | { readonly does: 'prune' } | { readonly does: 'copy' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constantFrom('sign' as const, 'attach' as const, 'attest' as const), what: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.constantFrom<Step[]>({ does: 'prune' }, { does: 'copy' }) },
)
/** The steps of each of up to four writers. */
const work = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: WRITERS })

interface Party {
  readonly at: Bench
  readonly keys: readonly Signer[]
  readonly clock: VirtualClock
}

async function doStep({ at, keys, clock }: Party, writer: number, one: Step): Promise<void> {
  const common = { source: at.source, timing: clock, at: AT }
  const key = keys[writer] as Signer
  const side = (reference: string): CopySide<CopyTarget> => ({ reference: parseReference(reference), store: at.source })
  if (one.does === 'prune') await prune(REF, { source: at.source, timing: clock, at: new Date(AT * 1000), policy: policyOf(keys.filter((_key, i) => i !== STRANGER)) })
  else if (one.does === 'copy') await copy(side(ORIGINAL), side(REF), { timing: clock })
  else if (one.does === 'sign') await at.sign(key, { timing: clock, annotations: { what: String(one.what) } })
  else if (one.does === 'attach') await attach(REF, { ...common, content: utf8Encode(`file ${one.what}`), artifactType: 'text/plain', signer: key })
  else await attest(REF, { ...common, signer: key, predicate: utf8Encode('{}'), type: `https://example.com/${one.what}` })
}

/** What has to stand there at the end, in whatever order it was done: all that was added, and the stranger's unless somebody pruned. */
function expected(writers: readonly (readonly Step[])[]): ReadonlySet<string> {
  const all = writers.flatMap((steps, writer) => steps.map((one) => ({ ...one, writer })))
  const added = all.flatMap((one) => {
    if (one.does === 'prune') return []
    if (one.does === 'copy') return ['image signed by the author', `file ${AUTHORS_FILE}`, `file ${AUTHORS_FILE} signed by ${AUTHOR}`]
    if (one.does === 'sign') return [`image signed by ${one.writer}: ${one.what}`]
    return one.does === 'attach' ? [`file ${one.what}`, `file ${one.what} signed by ${one.writer}`] : [`attestation ${one.what}`]
  })
  return new Set([...added, ...(all.some(({ does }) => does === 'prune') ? [] : ['image signed by the stranger'])])
}

async function standing({ at, keys }: Party): Promise<ReadonlySet<string>> {
  const { subjects, attachments } = await judgedBy(at, keys, {}, { all: true })
  const files = new Map(await Promise.all([0, 1, 2].map(async (what): Promise<[string, number]> => [await fileDigest(at, what), what])))
  const signatures = subjects.flatMap(({ digest, signatures: all }) => all.flatMap(({ state, signer, signed }) => {
    if (state !== 'accepted') return [`${digest} ${state}`]
    const writer = Number(signer?.replace('signer', ''))
    if (digest !== at.image.index.digest) return [`file ${files.get(digest) ?? digest} signed by ${writer}`]
    if (writer === STRANGER || writer === AUTHOR) return [`image signed by the ${writer === STRANGER ? 'stranger' : 'author'}`]
    return [`image signed by ${writer}: ${String(signed?.annotations['what'])}`]
  }))
  const attached = attachments.map(({ digest, type }) => (files.has(digest) ? `file ${files.get(digest) ?? ''}` : type.replace('https://example.com/', 'attestation ')))
  return new Set([...signatures, ...attached])
}

/** The artifact of a file is the same wherever it is attached, so a second registry tells its digest. */
async function fileDigest({ image }: Bench, what: number): Promise<string> {
  const other = await bench()
  expect(other.image.index.digest).toBe(image.index.digest)
  return (await attach(REF, { source: other.source, content: utf8Encode(`file ${what}`), artifactType: 'text/plain' })).artifact.digest
}

async function run(server: RegistryOptions, writers: readonly (readonly Step[])[], seed: number): Promise<void> {
  const party: Party = { at: await bench(server), keys: (await signers()).slice(0, AUTHOR + 1), clock: new VirtualClock(seed) }
  const { at, keys, clock } = party
  await clock.runParties([at.sign(keys[STRANGER] as Signer, { timing: clock })])
  await seedImage(at.store, 'demo/original', 'v1', at.image)
  await clock.runParties([at.sign(keys[AUTHOR] as Signer, { timing: clock }, ORIGINAL)])
  await clock.runParties([attach(ORIGINAL, { source: at.source, timing: clock, at: AT, content: utf8Encode(`file ${AUTHORS_FILE}`), artifactType: 'text/plain', signer: keys[AUTHOR] as Signer })])
  await party.clock.runParties(writers.map(async (steps, writer) => {
    for (const one of steps) await doStep(party, writer, one)
  }))
  expect([...(await standing(party))].sort()).toEqual([...expected(writers)].sort())
}

const REGISTRIES = [
  ['a list of referrers', () => ({})],
  ['the digest tag', () => ({ referrersApi: false })],
  ['the digest tag, writes delayed and out of order', () => ({ referrersApi: false, beforeManifestWrite: reorderedWrites({ batch: 4, quietMs: 5 }) })],
] as const

describe('W4: a model of up to four writers who sign, attach, attest, prune and copy at once', () => {
  test.each(REGISTRIES)('%s: nothing is lost, and the end is the same in any order', async (_, server) => {
    await fc.assert(fc.asyncProperty(work, fc.nat(), (writers, seed) => run(server(), writers, seed)), { numRuns: 15, endOnFailure: true })
  }, 60_000)

  test.each(REGISTRIES)('%s: sixteen at once, who sign, attach and attest', async (_, server) => {
    const does = ['sign', 'attach', 'attest'] as const
    const party: Party = { at: await bench(server()), keys: await signers(), clock: new VirtualClock(7) }
    await party.clock.runParties(party.keys.map((_key, i) => doStep(party, i, { does: does[i % 3] ?? 'sign', what: i })))
    const { subjects, attachments } = await judgedBy(party.at, party.keys, {}, { all: true })
    const accepted = subjects.flatMap(({ signatures }) => signatures.filter(({ state }) => state === 'accepted').map(({ signer }) => signer))
    // whoever attached signed what was attached
    expect(accepted).toHaveLength(11)
    expect(attachments.filter(({ standing: how }) => how === 'signed')).toHaveLength(10)
  })
})
