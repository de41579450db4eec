import type { AlgorithmName } from '../../src/crypto/algorithms.ts'
import type { Answer, Group } from './wycheproof-run.ts'

/** A count for each file, and a line for each test that went wrong. */
export interface SuiteResult {
  readonly passed: number
  readonly failed: readonly string[]
}

interface FileTest {
  readonly tcId: number
  readonly comment: string
  readonly flags: readonly string[]
  readonly msg: string
  readonly sig: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

interface FileGroup {
  readonly publicKeyDer: string
  readonly sha?: string
  readonly sLen?: number
  readonly mgfSha?: string
  readonly publicKey: { readonly curve?: string, readonly modulus?: string, readonly publicExponent?: string }
  readonly tests: readonly FileTest[]
}

/** One test of a file that is about an algorithm of our table. */
interface Case {
  readonly id: string
  /** `either` for what the suite leaves open and nobody has decided here yet. */
  readonly expected: Answer | 'either'
  readonly comment: string
}

export interface Prepared {
  readonly groups: readonly Group[]
  readonly cases: readonly Case[]
}

/** What is decided for tests that the suite leaves open, by their flag. */
const ACCEPTABLE: Readonly<Record<string, { readonly expected: Answer, readonly why: string }>> = {
  MissingNull: { expected: 'refused', why: 'RFC 8017 has NULL in the DigestInfo; an encoding without it is another one, and WebCrypto refuses it everywhere (T44).' },
}

const ECDSA: Readonly<Record<string, AlgorithmName>> = {
  'secp256r1 SHA-256': 'ecdsa-p256-sha256', 'secp384r1 SHA-384': 'ecdsa-p384-sha384', 'secp384r1 SHA-256': 'ecdsa-p384-sha256',
  'secp521r1 SHA-512': 'ecdsa-p521-sha512', 'secp521r1 SHA-256': 'ecdsa-p521-sha256',
}
const PKCS1: Readonly<Record<string, AlgorithmName>> = { 'SHA-256': 'rsa-pkcs1-sha256', 'SHA-384': 'rsa-pkcs1-sha384', 'SHA-512': 'rsa-pkcs1-sha512' }
const PSS: Readonly<Record<string, AlgorithmName>> = { 'SHA-256 32': 'rsa-pss-sha256', 'SHA-384 48': 'rsa-pss-sha384', 'SHA-512 64': 'rsa-pss-sha512' }

/** Reads one file of the suite; null if it is about something that the project does not use. */
export function prepareWycheproof(name: string, text: string): Prepared | null {
  if (!/^(?:ecdsa_|ed25519_|rsa_signature_|rsa_pss_).*test\.json$/.test(name)) return null
  const groups: Group[] = []
  const cases: Case[] = []
  const { testGroups } = JSON.parse(text) as { readonly testGroups: readonly FileGroup[] }
  for (const group of testGroups) {
    const algorithm = algorithmOf(name, group)
    if (algorithm === undefined) return null
    const id = (test: FileTest): string => `${name}#${test.tcId}`
    groups.push({
      algorithm, form: name.includes('p1363') ? 'raw' : 'der', spki: group.publicKeyDer,
      tests: group.tests.map((test) => ({ id: id(test), message: test.msg, signature: test.sig })),
    })
    cases.push(...group.tests.map((test) => ({ id: id(test), expected: expectation(group, test), comment: test.comment })))
  }
  return { groups, cases }
}

function algorithmOf(name: string, { sha = '', sLen, mgfSha, publicKey }: FileGroup): AlgorithmName | undefined {
  if (name.startsWith('ed25519_')) return 'ed25519'
  if (name.startsWith('ecdsa_')) return ECDSA[`${publicKey.curve} ${sha}`]
  if (name.startsWith('rsa_pss_')) return sha === mgfSha ? PSS[`${sha} ${sLen}`] : undefined
  return PKCS1[sha]
}

function expectation({ publicKey: { modulus, publicExponent } }: FileGroup, { result, flags }: FileTest): Answer | 'either' {
  if (modulus !== undefined) {
    const bits = BigInt(`0x${modulus}`).toString(2).length
    if (bits < 2048 || bits > 4096 || BigInt(`0x${publicExponent}`) !== 65537n) return 'key-refused'
  }
  if (result === 'valid') return 'accepted'
  if (result === 'invalid') return 'refused'
  return flags.map((flag) => ACCEPTABLE[flag]).find((row) => row !== undefined)?.expected ?? 'either'
}

/** Compares one runtime's answers with what the suite, or the table above, expects. */
export function judgeWycheproof({ cases }: Prepared, answers: Readonly<Record<string, Answer>>, runtime: string): SuiteResult {
  const failed = cases.filter(({ id, expected }) => (expected === 'either' ? !['accepted', 'refused'].includes(answers[id] ?? '') : answers[id] !== expected))
    .map(({ id, expected, comment }) => `${id} in ${runtime}: ${answers[id] ?? 'no answer'}, not ${expected} (${comment})`)
  return { passed: cases.length - failed.length, failed }
}
