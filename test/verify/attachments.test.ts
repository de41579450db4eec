import { describe, expect, it } from 'vitest'
import type { FoundAttachment } from '../../src/form/found.ts'
import { attachmentsOf } from '../../src/verify/attachments.ts'
import type { PlaceReport } from '../../src/verify/places.ts'
import { d, factsOf, graphOf, signed } from './model.ts'

describe('R5: attached is not attested', () => {
  const graph = graphOf(['amd64 linux/amd64', 'arm64 linux/arm64', 'sbom artifact'])
  const place = (attachments: readonly FoundAttachment[]): PlaceReport => ({ subject: d('root'), place: 'graph', state: 'read', code: null, signatures: [], statements: [], attachments })
  const claim: FoundAttachment = { digest: d('sbom'), type: 'sbom', subject: d('amd64'), by: null }
  const standingOf = (lists: readonly string[], attachments: readonly FoundAttachment[], ...checked: ReturnType<typeof signed>[]): string[] => (
    attachmentsOf({ ...factsOf({ graph, checked }), places: [{ ...place(attachments), lists: lists.map((list) => ({ digest: d(list), entries: [] })) }] }).map((one) => `${one.standing} ${one.by ?? ''}`.trim())
  )
  const standing = (attachments: readonly FoundAttachment[], ...checked: ReturnType<typeof signed>[]): string[] => (
    standingOf([], attachments, ...checked)
  )

  it('an annotation is a claim, whoever signed the image', () => {
    expect(standing([claim])).toEqual(['claimed'])
    expect(standing([claim], signed('a', 'amd64'))).toEqual(['claimed'])
  })

  it('its own manifest names the subject, and that manifest is signed', () => {
    const own: FoundAttachment = { ...claim, by: 'manifest' }
    expect(standing([own])).toEqual(['claimed'])
    expect(standing([own], signed('a', 'sbom'))).toEqual(['signed manifest'])
    expect(standing([claim], signed('a', 'sbom'))).toEqual(['claimed'])
  })

  it('a signed index lists both', () => {
    expect(standing([claim], signed('a', 'root'))).toEqual(['signed list'])
    expect(standing([{ ...claim, subject: d('stranger') }], signed('a', 'root'))).toEqual(['claimed'])
    expect(standing([claim], signed('a', 'root', { facts: { role: 'list' } }))).toEqual(['claimed'])
  })

  it('a list of what is attached is signed by whoever vouches for it, and for nothing else (R8)', () => {
    const list: FoundAttachment = { digest: d('list'), type: 'list', subject: d('root'), by: 'manifest' }
    const vouched = signed('a', 'list', { facts: { role: 'list' } })
    expect(standingOf(['list'], [list], vouched)).toEqual(['signed manifest'])
    expect(standingOf(['list'], [list], signed('a', 'list', { facts: { role: 'list' }, state: 'untrusted' }))).toEqual(['claimed'])
    expect(standingOf(['list'], [{ ...list, by: null }], vouched)).toEqual(['claimed'])
    // the role makes no other object a list
    expect(standingOf([], [list], vouched)).toEqual(['claimed'])
    expect(standingOf(['list'], [{ ...claim, by: 'manifest' }], signed('a', 'sbom', { facts: { role: 'list' } }))).toEqual(['claimed'])
  })

  it('an untrusted signature attests nothing', () => {
    expect(standing([{ ...claim, by: 'manifest' }], signed('a', 'sbom', { state: 'untrusted' }))).toEqual(['claimed'])
  })
})
