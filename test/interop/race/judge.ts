/** Whether what our writers said they did is there, as `verify` and `tree` see it. */
import { inspect, parsePolicy, policyFromKeys, registry, verify, type Inspection } from '../../../src/index.ts'
import { missingInRegistry } from '../arrival.ts'
import type { Ran } from '../process.ts'
import { predicateType, type Writer } from './writers.ts'

const source = registry()
const LIMITS = { timeoutMs: 60_000, maxRequests: 2_000 }

interface Where {
  readonly host: string
  readonly repository: string
  readonly digest: string
}

/** What is not as it should be, a sentence a writer. */
export async function notThere({ host, repository, digest }: Where, writers: readonly Writer[], rans: readonly Ran[]): Promise<readonly string[]> {
  const reference = `${host}/${repository}@${digest}`
  const keys = writers.flatMap(({ publicKey }) => publicKey ?? [])
  const tree = await inspect(reference, { ...LIMITS, source, policy: policyFromKeys(keys) })
  const signers = writers.flatMap(({ does, publicKey }) => (does === 'sign' && publicKey !== null ? [publicKey] : []))
  const troubles = await Promise.all(writers.map(async (writer, i) => {
    const ran = rans[i]
    const trouble = ran === undefined || ran.code !== 0 ? `exit ${ran?.code}: ${ran?.stderr.slice(0, 500)}` : await troubleWith(writer, ran.stdout, tree, { host, repository, digest }, signers)
    return trouble === null ? [] : [`${writer.tool} ${writer.does} (${writer.number}): ${trouble}`]
  }))
  return [...tree.problems.map(({ message }) => message), ...troubles.flat()]
}

async function troubleWith(writer: Writer, stdout: string, tree: Inspection, where: Where, signers: readonly string[]): Promise<string | null> {
  const { does, publicKey } = writer
  const reference = `${where.host}/${where.repository}@${where.digest}`
  if (does === 'sign') {
    const { outcome } = await verify(reference, { ...LIMITS, source, policy: policyFromKeys([publicKey ?? '']) })
    return outcome === 'allow' ? null : `by its key alone the verdict is ${outcome}`
  }
  const { artifact, attestation } = JSON.parse(stdout) as { readonly artifact?: { readonly digest: string }; readonly attestation?: string }
  const written = artifact?.digest ?? attestation ?? ''
  const listed = tree.attachments.find(({ digest, subject }) => digest === written && subject === where.digest)
  if (listed === undefined) return `${written} is not listed`
  const missing = await missingInRegistry(where.host, where.repository, written)
  if (missing.length > 0) return `not fetched: ${missing.join(', ')}`
  if (does === 'attest') return troubleWithAttestation(writer, reference, signers)
  return does === 'attach --key' && listed.by !== 'manifest' ? `${written} is attached and its manifest is not signed` : null
}

/** A policy demands it, from its key alone. */
async function troubleWithAttestation({ publicKey, number }: Writer, reference: string, signers: readonly string[]): Promise<string | null> {
  const keys = (pems: readonly string[]): { readonly keys: readonly { readonly key: string }[] } => ({ keys: pems.map((key) => ({ key })) })
  const require = { signatures: { from: ['signers'] }, attestations: [{ predicateType: predicateType(number), from: ['attests'] }] }
  const policy = parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { signers: keys(signers), attests: keys([publicKey ?? '']) }, require }] }))
  const { outcome, reasons } = await verify(reference, { ...LIMITS, source, policy })
  return outcome === 'allow' ? null : `where it is demanded the verdict is ${outcome}: ${reasons.map(({ code }) => code).join(', ')}`
}
