import { SealdexError, type BundleResult } from '../index.ts'
import { printable } from './escape.ts'
import type { Terminal } from './terminal.ts'
import { wrap } from './wrap.ts'

/** What `verify-bundle --output json` prints (schema/verify-bundle.v1.json). */
export interface BundleReport {
  readonly version: 1
  readonly outcome: 'allow' | 'deny' | 'indeterminate'
  /** As it was named: a file, or a digest. */
  readonly artifact: string
  /** Why not; null for allow. */
  readonly code: string | null
  readonly message: string | null
  readonly mediaType: string | null
  readonly signer: {
    readonly kind: 'key' | 'keyless'
    readonly identity: string | null
    readonly issuer: string | null
    readonly keyId: string
    /** By the names that Fulcio's documentation gives them. */
    readonly extensions: Readonly<Record<string, string>>
    /** Of the certificate authority. */
    readonly authority: string | null
  } | null
  readonly times: readonly { readonly time: string; readonly by: 'log' | 'timestamp-authority'; readonly source: string }[]
  readonly logs: readonly { readonly log: string; readonly logIndex: number | null; readonly by: 'promise' | 'inclusion' | 'both' }[]
  readonly ctLogs: readonly string[]
  readonly predicateType: string | null
  /** What came along and counted for nothing. */
  readonly notes: readonly { readonly code: string; readonly message: string }[]
  /** Digest of the trusted root. */
  readonly trustRoot: string
}

export function bundleReport(artifact: string, answer: BundleResult | SealdexError, undecided: ReadonlySet<string>, trustRoot: string): BundleReport {
  if (answer instanceof SealdexError) {
    const { code, message } = answer
    const nothing = { mediaType: null, signer: null, times: [], logs: [], ctLogs: [], predicateType: null, notes: [] }
    return { version: 1, outcome: undecided.has(code) ? 'indeterminate' : 'deny', artifact, code, message, ...nothing, trustRoot }
  }
  const { mediaType, signer, times, entries, statement, notes } = answer
  return {
    version: 1, outcome: 'allow', artifact, code: null, message: null, mediaType,
    signer: signerOf(signer),
    times: times.map(({ time, by, source }) => ({ time: new Date(time * 1000).toISOString().replace('.000Z', 'Z'), by, source })),
    logs: entries.map(({ log, logIndex, by }) => ({ log: log.baseUrl, logIndex, by })),
    ctLogs: signer.kind === 'key' ? [] : signer.scts.map(({ log }) => log.baseUrl),
    predicateType: statement?.predicateType ?? null, notes, trustRoot,
  }
}

function signerOf(signer: BundleResult['signer']): BundleReport['signer'] {
  if (signer.kind === 'key') return { kind: 'key', identity: null, issuer: null, keyId: signer.key.keyId, extensions: {}, authority: null }
  const { identity: { identity, issuer, extensions }, certificate, authority } = signer
  return { kind: 'keyless', identity, issuer, keyId: certificate.publicKey.keyId, extensions: Object.fromEntries(extensions), authority: authority.uri }
}

/** The report for a person: the outcome first, then who, when, and who vouches for it. */
export function bundleText(report: BundleReport, { style, columns }: Terminal): string {
  const { outcome, artifact, code, message, signer, times, logs, ctLogs, predicateType, notes } = report
  const colour = outcome === 'allow' ? style.green : outcome === 'deny' ? style.red : style.yellow
  const lines = [`${style.bold(colour(outcome.toUpperCase()))}  ${style.bold(printable(artifact, 400))}`]
  if (signer === null) return `${[...lines, ...wrap(`${printable(message ?? '', 1_000)} [${code ?? ''}]`, columns)].join('\n')}\n`
  lines.push(signer.identity === null ? `signed by the key ${signer.keyId}` : `signed by ${printable(signer.identity, 400)}, as ${printable(signer.issuer ?? '', 400)} says`)
  for (const { time, by, source } of times) lines.push(`signed at ${time}, as the ${by === 'log' ? 'log' : 'timestamp authority'} ${printable(source, 400)} says`)
  for (const { log, logIndex } of logs) lines.push(`logged at ${printable(log, 400)}, ${logIndex === null ? 'an entry that it proves' : `entry ${logIndex}`}`)
  for (const log of ctLogs) lines.push(`certificate logged at ${printable(log, 400)}`)
  if (predicateType !== null) lines.push(`signed is a statement of the type ${printable(predicateType, 400)}`)
  for (const note of notes) lines.push(...wrap(`not counted: ${printable(note.message, 1_000)} [${note.code}]`, columns))
  return `${lines.join('\n')}\n`
}
