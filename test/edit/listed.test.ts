import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseJson } from '../../src/base/json.ts'
import { parseDescriptor, type Descriptor } from '../../src/oci/descriptor.ts'
import { bench, signer, type Bench } from './fixture.ts'

type Asked = Bench['source']['referrers']

/** A registry that keeps its list as others keep a tag: what it lists by the number of times that a signed index was pushed, and that the list was asked for since. */
function losing(at: Bench, listed: (pushes: number, looks: number, list: readonly Descriptor[]) => readonly Descriptor[]): { readonly source: Bench['source']; readonly pushes: () => number } {
  let [pushes, looks] = [0, 0]
  const referrers: Asked = async (...args) => {
    const answer = await at.source.referrers(...args)
    looks++
    return answer.state === 'read' ? { state: 'read', value: listed(pushes, looks, answer.value) } : answer
  }
  const putManifest: Bench['source']['putManifest'] = (...args) => {
    pushes++
    looks = 0
    return at.source.putManifest(...args)
  }
  return { source: { ...at.source, referrers, putManifest }, pushes: () => pushes }
}

const stranger = (at: Bench): Descriptor => parseDescriptor(parseJson(utf8Encode(JSON.stringify({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: at.image.index.digest.replace(/.{4}$/, '0000'), size: 7 }))), 'other')

describe('W4: referrers in a registry that loses entries of its own list', () => {
  test('one that is not listed is pushed again, and then it is', async () => {
    const at = await bench()
    const { source, pushes } = losing(at, (pushed, _looks, list) => (pushed < 2 ? [] : list))
    const { notes } = await at.sign(await signer(), { source })
    expect(pushes()).toBe(2)
    expect(notes.map(({ code }) => code)).not.toContain('not-listed')
  })

  test('where others came meanwhile it is looked at twice: what was lost after the first look is pushed again', async () => {
    const at = await bench()
    const other = stranger(at)
    const { source, pushes } = losing(at, (pushed, looks, list) => (pushed === 0 ? [] : pushed === 1 && looks > 1 ? [other] : [...list, other]))
    const { notes } = await at.sign(await signer(), { source })
    expect(pushes()).toBe(2)
    expect(notes.map(({ code }) => code)).not.toContain('not-listed')
  })

  test('where nobody came one look is enough', async () => {
    const at = await bench()
    const other = stranger(at)
    const { source } = losing(at, (_pushed, _looks, list) => [other, ...list])
    let looks = 0
    await at.sign(await signer(), { source: { ...source, referrers: (...args) => (looks++, source.referrers(...args)) } })
    expect(looks).toBe(2)
  })
})
