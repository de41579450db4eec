import { writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeBundle } from '../sigstore/kit/bundle.ts'
import { deploy, trustOf } from '../sigstore/kit/deployment.ts'
import { IDENTITY, ISSUER } from '../sigstore/kit/fulcio.ts'
import { makeKey, pem } from '../sigstore/kit/keys.ts'
import { ARTIFACT } from '../sigstore/kit/valid.ts'
import { conforms } from '../schemas.ts'
import { command, folder } from './command.ts'

const on = deploy('cli')
const WHO = ['--certificate-identity', IDENTITY, '--certificate-oidc-issuer', ISSUER]

/** Files of one bundle: `file` names one of them. */
function files(choices: Omit<Parameters<typeof makeBundle>[1], 'artifact'> = { logs: ['v2'], timestamps: [true] }): (name: 'a.txt' | 'b.json' | 'root.json' | 'key.pub') => string {
  const path = folder()
  const file = (name: string): string => join(path, name)
  writeFileSync(file('a.txt'), ARTIFACT)
  writeFileSync(file('b.json'), JSON.stringify(makeBundle(on, { artifact: ARTIFACT, ...choices }).json))
  writeFileSync(file('root.json'), JSON.stringify(trustOf(on)))
  writeFileSync(file('key.pub'), choices.key === undefined ? '' : pem('PUBLIC KEY', choices.key.spki))
  return file
}

describe('verify-bundle', () => {
  test('by file and by digest, as sigstore-conformance calls it', async () => {
    const file = files()
    const digest = `sha256:${createHash('sha256').update(ARTIFACT).digest('hex')}`
    for (const artifact of [file('a.txt'), digest]) {
      const { status, out, err } = await command(['verify-bundle', '--staging', '--bundle', file('b.json'), ...WHO, '--trusted-root', file('root.json'), artifact])
      expect({ status, err }).toEqual({ status: 0, err: '' })
      expect(out).toContain('ALLOW')
      expect(out).toContain(IDENTITY)
    }
  })

  test('by a key', async () => {
    const key = makeKey('P-256', on.random)
    const file = files({ key, logs: ['v1'] })
    const { status, out } = await command(['verify-bundle', file('a.txt'), '--bundle', file('b.json'), '--key', file('key.pub'), '--trusted-root', file('root.json')])
    expect(status).toBe(0)
    expect(out).toContain('signed by the key')
  })

  test('every answer is as its schema says', async () => {
    const file = files({ logs: ['v1', 'v2'], timestamps: [true], content: 'dsse' })
    const json = async (...more: readonly string[]): Promise<object> => {
      const { out } = await command(['verify-bundle', file('a.txt'), '--bundle', file('b.json'), '--trusted-root', file('root.json'), '--output', 'json', ...more])
      conforms('verify-bundle.v1', JSON.parse(out))
      return JSON.parse(out) as object
    }
    expect(await json(...WHO)).toMatchObject({ outcome: 'allow', signer: { identity: IDENTITY }, logs: [{}, {}], times: [{}, {}] })
    expect(await json('--certificate-identity', 'x', '--certificate-oidc-issuer', ISSUER)).toMatchObject({ outcome: 'deny', code: 'no-trusted-identity', signer: null })
  })

  test('1 for what is not so, malformed bundles included; 3 where the digest does not suffice', async () => {
    const file = files({ leaf: { kind: 'RSA-2048' }, logs: ['v2'], timestamps: [true] })
    const ask = (...args: readonly string[]): ReturnType<typeof command> => command(['verify-bundle', '--trusted-root', file('root.json'), ...WHO, ...args])
    expect(await ask('--bundle', file('b.json'), file('b.json'))).toMatchObject({ status: 1, out: expect.stringContaining('[other-digest]') as string })
    expect(await ask('--bundle', file('a.txt'), file('a.txt'))).toMatchObject({ status: 1, out: expect.stringContaining('[malformed-json]') as string })
    expect(await ask('--bundle', file('b.json'), `sha256:${createHash('sha256').update(ARTIFACT).digest('hex')}`)).toMatchObject({ status: 3, out: expect.stringContaining('INDETERMINATE') as string })
    // the public-good root knows nobody of this
    expect(await command(['verify-bundle', '--bundle', file('b.json'), ...WHO, file('a.txt')])).toMatchObject({ status: 1 })
  })

  test.each([
    [['a'], '--certificate-identity'], [['a', '--certificate-identity', 'x'], '--certificate-identity ID and --certificate-oidc-issuer'], [['a', '--certificate-oidc-issuer', 'x'], 'identifies nobody'],
    [['a', '--key', 'k', '--certificate-oidc-issuer', 'x'], 'contradict'], [['a', ...WHO], '/a"? is not there|a is not there'], [['sha256:00', ...WHO], 'is not there'],
    [['a', ...WHO, '--certificate-identity-pattern', '*'], 'in two ways'],
  ])('wrong use: %j', async (args, says) => {
    const { status, err } = await command(['verify-bundle', ...args])
    expect(status).toBe(2)
    expect(err).toMatch(new RegExp(says))
  })

  test('wrong use: no bundle; staging without its root; a root that is none', async () => {
    const file = files()
    expect(await command(['verify-bundle', file('a.txt'), ...WHO])).toMatchObject({ status: 2, err: expect.stringContaining('--bundle') as string })
    expect(await command(['verify-bundle', file('a.txt'), ...WHO, '--bundle', file('b.json'), '--staging'])).toMatchObject({ status: 2, err: expect.stringContaining('--trusted-root') as string })
    expect(await command(['verify-bundle', file('a.txt'), ...WHO, '--bundle', file('b.json'), '--trusted-root', file('b.json')])).toMatchObject({ status: 2, err: expect.stringContaining('[bad-trust-root]') as string })
  })
})
