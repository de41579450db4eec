import { equalBytes } from '../base/bytes.ts'
import { parsePublicKey } from '../crypto/public-key.ts'
import { builtInTrustedRoot } from '../sigstore/built-in-root.ts'
import type { TrustedRoot } from '../sigstore/trust.ts'
import { loadTrustedRoot } from '../sigstore/trusted-root.ts'
import { parseCertificatesPem } from '../x509/certificate.ts'
import { refuse } from './import-refuse.ts'

/** Policies of ours name no logs and no authorities: what others name has to stand in the trusted root by which signatures will be judged. */
export interface RootToCheck {
  /** Default: the one that is built in. */
  readonly trustedRoot?: TrustedRoot
}

const ADVICE = 'is not in the trusted root; give the root that has it (--trusted-root FILE), and verify with it'

export async function checkLogs(where: string, keys: readonly string[], root: RootToCheck): Promise<void> {
  if (keys.length === 0) return
  const { logs } = await rootOf(root)
  const named = new Set<string>()
  for (const text of keys) {
    const { keyId } = await parsePublicKey(text)
    if (!logs.some(({ key }) => key.keyId === keyId)) refuse(where, `names a log whose key ${ADVICE}`)
    named.add(keyId)
  }
  onlyThese(where, 'logs', logs.filter(({ key }) => !named.has(key.keyId)).map(({ baseUrl }) => baseUrl))
}

export async function checkAuthorities(where: string, pems: readonly string[], root: RootToCheck): Promise<void> {
  const { certificateAuthorities } = await rootOf(root)
  const known = certificateAuthorities.flatMap(({ chain }) => chain)
  const named = pems.flatMap(parseCertificatesPem)
  if (named.length === 0 || named.some(({ der }) => !known.some((one) => equalBytes(one.der, der)))) refuse(where, `names a certificate authority that ${ADVICE}`)
  onlyThese(where, 'certificate authorities', certificateAuthorities.filter(({ chain }) => !chain.some((one) => named.some(({ der }) => equalBytes(one.der, der)))).map(({ uri }) => uri))
}

/** What the root has besides would count as well, and the policy would be weaker than it was. */
function onlyThese(where: string, what: 'logs' | 'certificate authorities', others: readonly string[]): void {
  const [first] = others
  if (first === undefined) return
  const more = others.length === 1 ? '' : ` and ${others.length - 1} more`
  refuse(where, `names its ${what}, and the trusted root has others, which would count too (${first.slice(0, 120)}${more}); give a root that has only those (--trusted-root FILE), and verify with it`)
}

/** A log or an authority by its address. */
export async function checkAddress(where: string, what: 'log' | 'authority', url: string, root: RootToCheck): Promise<void> {
  const { logs, certificateAuthorities } = await rootOf(root)
  const known = what === 'log' ? logs.map(({ baseUrl }) => baseUrl) : certificateAuthorities.map(({ uri }) => uri)
  const plain = (text: string): string => text.replace(/\/+$/, '')
  if (!known.some((one) => plain(one) === plain(url))) refuse(where, `names the ${what} ${url.slice(0, 120)}, which ${ADVICE}`)
}

async function rootOf({ trustedRoot }: RootToCheck): Promise<TrustedRoot> {
  return trustedRoot ?? loadTrustedRoot((await builtInTrustedRoot()).text)
}
