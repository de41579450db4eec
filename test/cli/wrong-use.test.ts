import { describe, expect, test } from 'vitest'
import { command, keyFile } from './command.ts'

const K1 = keyFile('cosign-sig-index', 'keys/k1.pub')
const PRIVATE = keyFile('cosign-sig-index', 'keys/k1.key')
const REF = 'registry.example/app:1'
const keyed = ['--key', K1]

/** Arguments, the code, and what the sentence must say. Status 2, nothing on stdout, one line on stderr. */
const TABLE: readonly (readonly [readonly string[], string, string])[] = [
  [['verfy', REF], 'bad-option', 'did you mean "sealdex verify"?'],
  [['inspect', REF], 'bad-option', 'did you mean "sealdex who"?'],
  [['generate-key-pair'], 'bad-option', 'did you mean "sealdex keygen"?'],
  [['frobnicate'], 'bad-option', '"sealdex help" lists them'],
  [['--key', K1, 'verify', REF], 'bad-option', 'command comes first'],
  [['help', 'verfy'], 'bad-option', 'did you mean "sealdex verify"?'],
  [['help', 'verify', 'who'], 'bad-option', 'one COMMAND'],
  [['attach', REF], 'bad-option', 'needs REFERENCE FILE'],
  [['attach', REF, K1], 'bad-option', '--type sbom'],
  [['attach', REF, K1, '--type', 'sbom'], 'bad-option', 'neither SPDX nor CycloneDX'],
  [['attach', REF, K1, '--type', 'report'], 'bad-option', '"report" is neither'],
  [['attach', REF, '/nowhere/x', '--type', 'a/b'], 'bad-option', 'is not there'],
  [['attest', REF, '--type', 'vuln', '--key', K1], 'bad-option', '--predicate FILE'],
  [['attest', REF, '--predicate', K1, '--key', K1], 'bad-option', 'slsaprovenance1'],
  [['sign', REF, '--list', '--each', '--key', K1], 'bad-option', '--each does not belong to it'],
  [['verify'], 'bad-option', 'needs REFERENCE…, for example: sealdex verify'],
  [['verify', REF], 'bad-option', '--key FILE'],
  [['verify', REF, '--keys', K1], 'bad-option', 'did you mean --key?'],
  [['verify', REF, '--polcy', 'x'], 'bad-option', 'did you mean --policy?'],
  [['verify', REF, '--insecure'], 'bad-option', 'did you mean --plain-http?'],
  [['verify', REF, '--annotations', 'a=b'], 'bad-option', 'did you mean --annotation?'],
  [['verify', REF, '--password', 'x'], 'bad-option', 'SEALDEX_PASSWORD'],
  [['verify', REF, '-o', 'json'], 'bad-option', 'did you mean --output?'],
  [['verify', REF, '-x'], 'bad-option', 'no option -x'],
  [['verify', REF, '--key'], 'bad-option', '--key needs a value: --key FILE'],
  [['verify', REF, '--key='], 'bad-option', '--key needs a value'],
  [['verify', REF, '--key', '--all'], 'bad-option', 'looks like the next option'],
  [['verify', REF, ...keyed, '--all=yes'], 'bad-option', 'takes no value'],
  [['verify', REF, ...keyed, '--at', '2026-01-31T00:00:00Z', '--at', '2027-01-31T00:00:00Z'], 'bad-option', 'given twice'],
  [['verify', REF, ...keyed, '--at', 'yesterday'], 'bad-option', '--at is a time such as'],
  [['verify', REF, ...keyed, '--at', '2026-02-30T00:00:00Z'], 'bad-option', '--at is a time such as'],
  [['verify', REF, ...keyed, '--timeout', '10'], 'bad-option', '--timeout is a number and ms, s or m'],
  [['verify', REF, ...keyed, '--timeout', '100m'], 'bad-option', 'at most an hour'],
  [['verify', REF, ...keyed, '--max-requests', '0'], 'bad-option', '--max-requests is a number'],
  [['verify', REF, ...keyed, '--platform', 'linux'], 'bad-option', 'os/arch'],
  [['verify', REF, ...keyed, '--output', 'yaml'], 'bad-option', 'text or json'],
  [['who', REF, '--output', 'sarif'], 'bad-option', 'SARIF'],
  [['verify', REF, ...keyed, '-a', 'env'], 'bad-option', '-a is KEY=VALUE'],
  [['verify', REF, ...keyed, '-a', 'env=a', '-a', 'env=b'], 'bad-option', 'given twice'],
  [['verify', REF, ...keyed, '-a', 'dev.sealdex/tag=1'], 'bad-option', 'dev.sealdex/'],
  [['verify', REF, ...keyed, '--policy', 'p.json'], 'bad-option', '--key beside it could only contradict it'],
  [['verify', REF, '--policy', '/nowhere/p.json'], 'bad-option', '--policy: /nowhere/p.json is not there'],
  [['verify', REF, '--key', '/nowhere/k.pub'], 'bad-option', '--key: /nowhere/k.pub is not there'],
  [['verify', REF, '--key', '/'], 'bad-option', 'is a folder'],
  [['verify', REF, '--key', PRIVATE], 'bad-key', 'This is a private key'],
  [['verify', REF, '--policy', K1], 'bad-policy', 'not strict JSON'],
  [['verify', REF, '--allowed-signers', K1], 'bad-key', 'Line 1 of the allowed_signers file'],
  [['verify', REF, ...keyed, '--signed-repository', 'a:b:c'], 'bad-reference', 'no image reference'],
  [['verify', REF, ...keyed, '--source', '/tmp'], 'bad-option', '--source is layout:PATH'],
  [['verify', REF, ...keyed, '--source', 'layout:/nowhere'], 'bad-option', 'nothing at /nowhere'],
  [['verify', REF, ...keyed, '--source', 'layout:/tmp', '--plain-http'], 'bad-option', '--plain-http is about registries'],
  [['verify', REF, ...keyed, '--registry-ca', K1], 'bad-option', 'no PEM certificate'],
  [['verify', 'https://registry.example/app', ...keyed], 'bad-reference', 'leave out "https://"'],
  [['verify', 'layout:/tmp/x', ...keyed], 'bad-reference', '--source layout:/tmp/x'],
  [['verify', 'Registry.example/APP', ...keyed], 'bad-reference', 'lower-case'],
  [['verify', 'ghcr.\u0456o/app', ...keyed], 'bad-reference', '\\u{456}'],
  [['verify', REF, '--certificate-identity', 'x'], 'bad-option', '--certificate-identity needs --certificate-oidc-issuer URL beside it'],
  [['verify', REF, '--certificate-identity=x', '--certificate-identity-pattern=x', '--certificate-oidc-issuer=y'], 'bad-option', 'needs one of'],
  [['verify', REF, '--certificate-oidc-issuer', 'x'], 'bad-option', 'needs one of'],
  [['verify', REF, ...keyed, '--trusted-root', '/nowhere'], 'bad-option', '/nowhere'],
  [['verify', REF, '--notation-config', 'x'], 'bad-option', 'trustpolicy'],
  [['verify', REF, '--lock', 'none/x'], 'bad-option', 'is not there'],
  [['who'], 'bad-option', 'needs REFERENCE'],
  [['who', REF, 'other'], 'bad-option', 'one too many'],
  [['resolve', REF, '--key', K1], 'bad-option', 'no option --key'],
  [['sign', REF], 'bad-option', '"sealdex keygen" makes one'],
  [['sign', REF, '--identity-token', '-'], 'bad-signing-config', 'Say which services sign: --signing-config FILE'],
  [['sign', REF, '--key', 'k', '--identity-token', '-'], 'bad-option', '--identity-token is for signing without one'],
  [['sign', REF, '--key', K1], 'bad-key', 'To sign, give the private key'],
  [['sign', REF, '--key', PRIVATE], 'bad-password', 'SEALDEX_PASSWORD'],
  [['sign', REF, '--key', PRIVATE, '--layout', 'flt'], 'bad-option', '--layout is detached, flat, nested'],
  [['sign', REF, '--key', PRIVATE, '--recursive'], 'bad-option', 'did you mean --each?'],
  [['sign', REF, '--key', PRIVATE, '--expires-at', 'never'], 'bad-option', '--expires-at is a time'],
  [['keygen', 'x'], 'bad-option', 'takes options only'],
  [['keygen', '--type', 'dsa'], 'bad-option', 'p256, p384'],
  [['evidence', REF], 'bad-option', '-o FILE.tar'],
  [['evidence', REF, '-o', '-'], 'bad-option', 'tar file'],
]

describe('wrong use', () => {
  test.each(TABLE)('%j: [%s] %s', async (args, code, sentence) => {
    const { status, out, err } = await command(args)
    expect(err).toContain(sentence)
    expect(err).toContain(`[${code}]`)
    expect({ status, out, lines: err.split('\n').length }).toEqual({ status: 2, out: '', lines: 2 })
    // one or two sentences, no stack
    expect(err.length).toBeLessThan(400)
    expect(err).not.toMatch(/^ +at /m)
  })

  test('no command at all: the help, on stderr', async () => {
    expect(await command([])).toMatchObject({ status: 2, out: '', err: expect.stringContaining('Usage: sealdex COMMAND') as string })
  })

  test('a wrong password', async () => {
    expect(await command(['sign', REF, '--key', PRIVATE], { SEALDEX_PASSWORD: 'wrong' })).toMatchObject({ status: 2, err: expect.stringContaining('[bad-password]') as string })
  })
})
