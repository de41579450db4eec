import { describe, expect, it } from 'vitest'
import { parseAllowedSigners } from '../../src/policy/allowed-signers.ts'
import { policyFromOptions } from '../../src/policy/from-options.ts'
import { fixtureText } from '../fixtures.ts'
import { KEYS } from '../verify/model.ts'

const [A = '', B = ''] = KEYS

describe('allowed_signers', () => {
  it('reads principals, keys and namespaces, comments and blank lines', async () => {
    const signers = await parseAllowedSigners(`# who\n\nme@x,you@x namespaces="a,b" ${A} comment\nher@x ${B}\n`)
    expect(signers.map(({ principals, namespaces }) => ({ principals, namespaces }))).toEqual([
      { principals: ['me@x', 'you@x'], namespaces: ['a', 'b'] },
      { principals: ['her@x'], namespaces: null },
    ])
  })

  it('reads the file that ssh-keygen takes', async () => {
    expect(await parseAllowedSigners(fixtureText('ssh-inline', 'keys/allowed_signers'))).toHaveLength(2)
  })

  it.each([
    ['cert-authority', `me@x cert-authority ${A}`, '"cert-authority"'],
    ['validity', `me@x valid-after="20260101" ${A}`, '"valid-after"'],
    ['an unknown option', `me@x namespaces="a",what ${A}`, '"what"'],
    ['a namespace pattern', `me@x namespaces="a*" ${A}`, 'pattern'],
    ['namespaces twice', `me@x namespaces="a",namespaces="b" ${A}`, 'twice'],
    ['an open quotation mark', `me@x namespaces="a ${A}`, 'quotation mark'],
    ['no key', 'me@x', 'no key'],
    ['nobody', '# nobody\n', 'names nobody'],
  ])('refuses %s by name', async (_, text, where) => {
    await expect(parseAllowedSigners(text)).rejects.toMatchObject({ code: 'bad-key', message: expect.stringContaining(where) as string })
  })

  it('makes one signer of a key that stands twice, in the namespaces of both lines', async () => {
    const { entries } = await policyFromOptions({ allowedSigners: `me@x namespaces="a" ${A}\nyou@x namespaces="b" ${A}\n` })
    const [signer] = [...(entries[0]?.signers.values() ?? [])]
    expect(entries[0]?.signers.size).toBe(1)
    expect(signer).toMatchObject({ kind: 'ssh', namespaces: ['a', 'b'], principals: ['me@x', 'you@x'] })
  })
})
