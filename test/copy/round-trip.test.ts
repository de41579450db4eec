import { describe, expect, test } from 'vitest'
import { copy } from '../../src/copy/copy.ts'
import { layoutCopySource, layoutTarget } from '../../src/copy/layout-target.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { verify } from '../../src/verify/verify.ts'
import { instantTiming } from '../edit/clock.ts'
import { caseNames, judgementsOf, readCase } from '../fixtures.ts'
import { movedTo, optionsOf } from '../judging.ts'
import { caseAt, memoryLayout, SOURCE, TARGET, world } from './fixture.ts'

/** Its bytes have another digest than they are filed under, and are refused: see hostile.test.ts. */
const BROKEN: ReadonlySet<string> = new Set(['child-bytes_fail'])
const names = caseNames().filter((name) => !BROKEN.has(name))

/** Signatures in annotations: their payload is rebuilt from the name they were signed under. */
function signedAs(name: string): string | null {
  const { reference } = readCase(name)
  return /^(annotated|f)-/.test(name) ? reference.slice(0, reference.lastIndexOf(':')) : null
}

for (const [title, from, to] of [
  ['a list of referrers to a list of referrers', true, true],
  ['a list of referrers to digest tags', true, false],
  ['digest tags to a list of referrers', false, true],
] as const) {
  describe(`${title}, every case of the fixtures`, () => {
    test.each(names)('%s', async (name) => {
      const all = world()
      const store = all.add('one.example', { referrersApi: from })
      const target = all.add(TARGET, { referrersApi: to })
      const source = await caseAt(store, name)
      const tag = source.split(':').at(-1) ?? ''
      const result = await all.copy(source, `${TARGET}/demo/app:${tag}`)
      expect(result.notCarried).toEqual([])
      for (const { digest } of result.carried) expect(target.manifest('demo/app', digest)).not.toBeNull()
      expect(target.manifest('demo/app', tag)?.digest).toBe(readCase(name).subject)
      for (const { asked } of judgementsOf(readCase(name))) {
        const judged = (reference: string, repository: string) => verify(reference, { ...optionsOf(movedTo(asked, repository), signedAs(name)), source: all.client })
        const before = await judged(source, `${SOURCE}/demo/app`)
        const after = await judged(`${TARGET}/demo/app:${tag}`, `${TARGET}/demo/app`)
        expect([after.outcome, after.signers], JSON.stringify([before.reasons, after.reasons])).toEqual([before.outcome, before.signers])
      }
    })
  })
}

describe('through an image layout and back, every case of the fixtures', () => {
  test.each(names)('%s', async (name) => {
    const all = world()
    const [one, two] = [all.add('one.example'), all.add(TARGET)]
    const source = await caseAt(one, name)
    const tag = source.split(':').at(-1) ?? ''
    const layout = memoryLayout()
    const timing = instantTiming()
    const out = await copy(all.side(source), { reference: parseReference(source), store: await layoutTarget(layout) }, { timing })
    const back = await copy({ reference: parseReference(source), store: await layoutCopySource(layout) }, all.side(`${TARGET}/demo/app:${tag}`), { timing })
    expect([out.notCarried, back.notCarried]).toEqual([[], []])
    const carried = ({ carried: objects }: typeof out): string[] => objects.map(({ kind, digest, tag: named }) => `${kind} ${digest} ${named ?? ''}`).sort()
    expect(carried(back)).toEqual(carried(out))
    for (const { digest } of out.carried) expect(two.manifest('demo/app', digest)?.bytes).toEqual(one.manifest('demo/app', digest)?.bytes)
  })
})
