import { CODES, VERSION, type Code, type Verdict } from '../index.ts'

/** Of a gate there is one question, so that everything that decides against running is an error. */
type Level = 'none' | 'note' | 'error'

interface Result {
  readonly code: Code
  readonly kind: 'pass' | 'fail'
  readonly level: Level
  readonly message: string
  readonly subject: string | null
}

/** All verdicts of one run as a SARIF 2.1.0 document (OASIS): a result for each reason, its rule the reason's code. */
export function sarifText(verdicts: readonly Verdict[]): string {
  const all = verdicts.flatMap((verdict) => verdict.reasons.map((reason) => ({ verdict, result: resultOf(verdict, reason) })))
  const codes = [...new Set(all.map(({ result }) => result.code))]
  const document = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [{
      tool: { driver: { name: 'sealdex', version: VERSION, semanticVersion: VERSION, rules: codes.map((code) => ({ id: code, shortDescription: { text: CODES[code] } })) } },
      // a verdict that could not be reached is a result, not a failure of the tool
      invocations: [{ executionSuccessful: true }],
      columnKind: 'utf16CodeUnits',
      results: all.map(({ verdict, result: { code, kind, level, message, subject } }) => ({
        ruleId: code,
        ruleIndex: codes.indexOf(code),
        kind,
        level,
        message: { text: message },
        locations: [{ physicalLocation: { artifactLocation: { uri: `oci://${verdict.reference}` } }, logicalLocations: [{ fullyQualifiedName: subject === null ? verdict.reference : `${nameOf(verdict)}@${subject}` }] }],
        partialFingerprints: { 'sealdex/v1': [verdict.reference, code, subject ?? ''].join(' ') },
        properties: { outcome: verdict.outcome, digest: verdict.digest, policy: verdict.basis.policy, at: verdict.at },
      })),
    }],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function resultOf({ outcome }: Verdict, { code, message, effect, subject }: Verdict['reasons'][number]): Result {
  const kind = outcome === 'allow' && effect === 'decides' ? 'pass' : 'fail'
  return { code, kind, level: kind === 'pass' ? 'none' : effect === 'decides' ? 'error' : 'note', message, subject }
}

function nameOf({ reference }: Verdict): string {
  return reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
}
