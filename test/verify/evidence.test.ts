import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { loadLayout } from '../../demo/registry/layout.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { registry } from '../../src/source/registry.ts'
import { collectEvidence, openEvidence } from '../../src/verify/evidence.ts'
import { encodeVerdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { conforms } from '../schemas.ts'
import { caseNames, judgementsOf, layoutOf, needsReferrersApi, readCase } from '../fixtures.ts'
import { movedTo, optionsOf } from '../judging.ts'

/** Layouts that other tools saved keep no tag, and one whose bytes no registry would store. */
const NOT_PUSHED = new Set(['child-bytes_fail', 'layout-crane', 'layout-cosign-save', 'layout-skopeo'])

for (const referrersApi of [true, false]) {
  describe(`E4: live and recorded give the same bytes, registry ${referrersApi ? 'with' : 'without'} the referrers API`, () => {
    let server: Awaited<ReturnType<typeof serveRegistry>>
    beforeAll(async () => {
      server = await serveRegistry({ referrersApi })
    })
    afterAll(() => server.close())

    for (const name of caseNames().filter((one) => !NOT_PUSHED.has(one))) {
      const test = readCase(name)
      const [judgement] = judgementsOf(test)
      if (judgement === undefined) throw new Error(name)
      it(name, async () => {
        const { repository, tag } = parseReference(test.reference)
        // a repository of its own: the original of a tampered case has the same subject, and its signature would be found
        const path = `${name.replace('_', '-')}/${repository.path}`
        await loadLayout(server.store, path, layoutOf(name))
        const reference = `${server.host}/${path}:${tag ?? ''}`
        // the payload of signatures in annotations is rebuilt from the name they were made under
        const options = optionsOf(movedTo(judgement.asked, `${server.host}/${path}`), /^(annotated|f)-/.test(name) ? repository.name : null)
        const evidence = (await collectEvidence(reference, { source: registry() })).tar()
        for (const all of [false, true]) {
          const live = await verify(reference, { ...options, source: registry(), all })
          const recorded = await verify(reference, { ...options, source: await openEvidence(evidence), all })
          expect(encodeVerdict(recorded)).toBe(encodeVerdict(live))
          conforms('verdict.v1', live)
          if (referrersApi || !needsReferrersApi(test)) expect(judgement.accept, JSON.stringify(live.reasons)).toContain(live.outcome)
          else if (!judgement.accept.includes('allow')) expect(live.outcome).not.toBe('allow')
        }
      })
    }
  })
}
