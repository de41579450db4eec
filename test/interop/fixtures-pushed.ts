/** The fixtures once more, from real registries over HTTP: outcome as in case.json, and never a wrong allow. */
import { registry, verify } from '../../src/index.ts'
import { caseNames, judgementsOf, layoutOf, readCase } from '../fixtures.ts'
import { movedTo, optionsOf } from '../judging.ts'
import type { Checks } from './checks.ts'
import { ALL_REGISTRIES, type AnyRegistry } from './expectations.ts'
import { placeOf, pushLayout, readLayout, withFallbackTags } from './fixture-push.ts'
import type { Surroundings } from './matrix.ts'

/** No registry stores bytes under a digest that is not theirs; the hostile registry of the tests serves it. */
const NOT_STORABLE: ReadonlySet<string> = new Set(['child-bytes_fail'])

interface Count {
  right: number
  /** Of these, the answer that the case prefers where several can be defended. */
  preferred: number
  wrong: number
  wrongAllow: number
  readonly notStored: string[]
}

export async function checkFixtures(checks: Checks, { hosts }: Surroundings): Promise<readonly string[]> {
  const counts: string[] = []
  for (const name of ALL_REGISTRIES) {
    const count = newCount()
    for (const fixture of caseNames()) {
      if (!NOT_STORABLE.has(fixture)) await checkFixture(checks, name, hosts[name], fixture, count)
    }
    counts.push([
      `${name}: of the fixtures ${count.right} judgements right (${count.preferred} the preferred answer), ${count.wrong} wrong`,
      `wrong allows: ${count.wrongAllow}`,
      ...(count.notStored.length === 0 ? [] : [`refused by the registry: ${count.notStored.join(', ')}`]),
    ].join('; '))
  }
  for (const line of counts) console.log(`      ${line}`)
  return counts
}

function newCount(): Count {
  return { right: 0, preferred: 0, wrong: 0, wrongAllow: 0, notStored: [] }
}

async function checkFixture(checks: Checks, name: AnyRegistry, host: string, fixture: string, count: Count): Promise<void> {
  const test = readCase(fixture)
  const { repository, tag } = placeOf(test)
  const whole = await readLayout(layoutOf(fixture), { tag, subject: test.subject })
  const layout = name !== 'olareg' ? await withFallbackTags(whole) : whole
  try {
    await pushLayout(host, repository, layout)
  } catch (error) {
    count.notStored.push(fixture)
    // what must be right has to be there first
    checks.check(`${name}: ${fixture} is pushed`, String(error))
    return
  }
  const troubles: string[] = []
  for (const judgement of judgementsOf(test)) {
    // signatures in annotations: their payload is rebuilt from the name they were signed under
    const options = optionsOf(movedTo(judgement.asked, `${host}/${repository}`), /^(annotated|f)-/.test(fixture) ? repositoryOf(test.reference) : null)
    const verdict = await verify(`${host}/${repository}:${tag}`, { ...options, source: registry() })
    const right = (judgement.accept as readonly string[]).includes(verdict.outcome)
    const wrongAllow = !right && verdict.outcome === 'allow'
    if (right) count.right += 1
    else count.wrong += 1
    if (verdict.outcome === judgement.expect) count.preferred += 1
    if (wrongAllow) count.wrongAllow += 1
    if (!right) troubles.push(`${judgement.label}: ${verdict.outcome}, expected ${judgement.accept.join(' or ')}: ${verdict.reasons.map(({ message }) => message).join(' ')}`)
  }
  checks.check(`${name}: ${fixture}`, troubles.length === 0 ? null : troubles.join('\n'))
}

function repositoryOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf(':'))
}
