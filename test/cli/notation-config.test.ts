import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parsePolicy, type Verdict } from '../../src/index.ts'
import { FIXTURES, readCase } from '../fixtures.ts'
import { command, folder, keyFile } from './command.ts'

const CASE = 'notation-two-signers'
const trustOf = (name: string): string => join(FIXTURES, name, 'trust')
const from = (name: string): string[] => [readCase(name).reference, '--source', `layout:${join(FIXTURES, name, 'layout')}`, '--at', readCase(name).at ?? '2026-11-24T12:00:00Z']

/** A copy of the configuration that may be changed. */
function copied(): string {
  const path = folder()
  cpSync(trustOf(CASE), path, { recursive: true })
  return path
}

const editPolicy = (path: string, edit: (text: string) => string): void => writeFileSync(join(path, 'trustpolicy.json'), edit(readFileSync(join(path, 'trustpolicy.json'), 'utf8')))

describe('--notation-config', () => {
  test('decides as notation does, and says that revocation is not checked', async () => {
    const { status, out, err } = await command(['verify', ...from(CASE), '--notation-config', trustOf(CASE), '--output', 'json'])
    expect([status, (JSON.parse(out) as Verdict).signers]).toEqual([0, [
      { name: 'C=DE,CN=leaf.p256.example,L=Berlin,O=Given Test,ST=BE', kind: 'x509', identity: 'CN=leaf.p256.example,L=Berlin,O=Given Test,ST=BE,C=DE', issuer: 'CN=root.p256.example,L=Berlin,O=Given Test,ST=BE,C=DE', keyId: null },
      { name: 'C=DE,CN=leaf.rsachain.example,L=Berlin,O=Given Test,ST=BE', kind: 'x509', identity: 'CN=leaf.rsachain.example,L=Berlin,O=Given Test,ST=BE,C=DE', issuer: 'CN=root.rsachain.example,L=Berlin,O=Given Test,ST=BE,C=DE', keyId: null },
    ]])
    expect(err).toBe('sealdex: Revocation of certificates is not checked: notation would ask the servers that the certificates name.\n')
    expect((await command(['verify', ...from('notation-untrusted_fail'), '--notation-config', trustOf('notation-untrusted_fail')])).status).toBe(1)
    expect((await command(['verify', ...from('notation-expired_fail'), '--notation-config', trustOf('notation-expired_fail')])).out).toContain('expired')
  })

  test('denies an image that no scope names', async () => {
    const { status, out } = await command(['verify', ...from('notation-jws'), '--notation-config', trustOf(CASE)])
    expect(status).toBe(1)
    expect(out).toContain('no-scope')
  })

  test('proves signers for who and tree, and a policy can be written of them', async () => {
    const [path, file] = [trustOf(CASE), join(folder(), 'policy.json')]
    expect((await command(['tree', ...from(CASE), '--notation-config', path])).out).toContain('leaf.p256.example')
    const { out } = await command(['who', ...from(CASE), '--notation-config', path, '--write-policy', file])
    expect(out).toContain('vouched for by CN=root.p256.example')
    await parsePolicy(readFileSync(file, 'utf8'))
    const { status, out: judged } = await command(['verify', ...from(CASE), '--policy', file])
    expect(status, judged).toBe(0)
  })

  test('goes by trustpolicy.oci.json where both are there', async () => {
    const path = copied()
    writeFileSync(join(path, 'trustpolicy.oci.json'), readFileSync(join(path, 'trustpolicy.json'), 'utf8').replace('notation-two-signers', 'another'))
    expect((await command(['verify', ...from(CASE), '--notation-config', path])).out).toContain('no-scope')
  })

  test('says on stderr what a laxer level would tolerate, and judges as strict', async () => {
    const path = copied()
    editPolicy(path, (text) => text.replace('strict', 'audit'))
    const { status, err } = await command(['verify', ...from(CASE), '--notation-config', path])
    expect(status).toBe(0)
    expect(err).toContain('level audit) would only log a failed check of authenticity')
    rmSync(join(path, 'truststore/x509/ca/rsachain'), { recursive: true })
    cpSync(join(path, 'truststore/x509/ca/p256'), join(path, 'truststore/x509/ca/rsachain'), { recursive: true })
    expect((await command(['verify', ...from(CASE), '--notation-config', path])).status).toBe(0)
    rmSync(join(path, 'truststore/x509/ca'), { recursive: true })
    cpSync(join(trustOf('notation-jws'), 'truststore/x509/ca/given.example'), join(path, 'truststore/x509/ca/p256'), { recursive: true })
    cpSync(join(trustOf('notation-jws'), 'truststore/x509/ca/given.example'), join(path, 'truststore/x509/ca/rsachain'), { recursive: true })
    expect((await command(['verify', ...from(CASE), '--notation-config', path])).status).toBe(1)
  })

  test.each<readonly [string, (path: string) => void, string]>([
    ['the level skip', (path) => editPolicy(path, (text) => text.replace('strict', 'skip')), '"skip"'],
    ['no trust policy', (path) => rmSync(join(path, 'trustpolicy.json')), 'neither trustpolicy.oci.json nor trustpolicy.json'],
    ['a store that is not there', (path) => rmSync(join(path, 'truststore'), { recursive: true }), '"ca:p256"'],
    ['a certificate that is a link', (path) => {
      rmSync(join(path, 'truststore/x509/ca/p256/root.crt'))
      symlinkSync(join(trustOf(CASE), 'truststore/x509/ca/p256/root.crt'), join(path, 'truststore/x509/ca/p256/root.crt'))
    }, 'follows no links'],
    ['a store that is a link', (path) => {
      rmSync(join(path, 'truststore/x509/ca/p256'), { recursive: true })
      symlinkSync(join(trustOf(CASE), 'truststore/x509/ca/p256'), join(path, 'truststore/x509/ca/p256'))
    }, '"ca:p256"'],
    ['a store without certificates', (path) => {
      rmSync(join(path, 'truststore/x509/ca/p256/root.crt'))
      mkdirSync(join(path, 'truststore/x509/ca/p256/sub'))
      writeFileSync(join(path, 'truststore/x509/ca/p256/README'), 'x')
    }, '"ca:p256"'],
    ['a certificate that is none', (path) => writeFileSync(join(path, 'truststore/x509/ca/p256/root.crt'), 'x'), 'no PEM certificate'],
  ])('refuses %s', async (_, change, why) => {
    const path = copied()
    change(path)
    expect(await command(['verify', ...from(CASE), '--notation-config', path])).toMatchObject({ status: 2, out: '', err: expect.stringContaining(why) as string })
  })

  test('stands alone', async () => {
    for (const beside of [['--policy', 'p.json'], ['--key', keyFile('cosign-sig-index', 'keys/k1.pub')], ['-a', 'a=b']]) {
      const { status, err } = await command(['verify', ...from(CASE), '--notation-config', trustOf(CASE), ...beside])
      expect([status, err.includes('could only contradict it')]).toEqual([2, true])
    }
  })
})
