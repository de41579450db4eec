import { array, assert, constantFrom, dictionary, option, property, record, tuple, type Arbitrary } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseJson, stringifyJson, type JsonObject } from '../../src/base/json.ts'
import { uniteIndexes, withAnnotations, holdsAnnotations } from '../../src/edit/merge.ts'

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const SIGNATURE = 'dev.cosignproject.cosign/signature'
const CERTIFICATE = 'dev.sigstore.cosign/certificate'
const digest = (hex: string): string => `sha256:${hex.repeat(64)}`
const suffix = (hex: string): string => `.${hex.repeat(16)}`

function index(document: object): JsonObject {
  return parseJson(utf8Encode(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, ...document }))) as JsonObject
}

const text = constantFrom('x', 'y')
const annotations: Arbitrary<Record<string, string>> = dictionary(
  constantFrom(
    ...['1', '2'].flatMap((name) => [`${SIGNATURE}${suffix(name)}`, `dev.sealdex/payload${suffix(name)}`]),
    SIGNATURE, CERTIFICATE, `${SIGNATURE}.0`, 'com.example/note', 'org.opencontainers.reference.type', `dev.sealdex/removed${suffix('2')}`,
  ),
  text,
  { maxKeys: 5 },
)
const entry = tuple(constantFrom('a', 'b', 'c'), option(constantFrom('amd64', 'arm64'), { nil: undefined }), option(annotations, { nil: undefined }))
  .map(([name, architecture, texts]) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digest(name),
    size: 7,
    ...(architecture === undefined ? {} : { platform: { os: 'linux', architecture } }),
    ...(texts === undefined ? {} : { annotations: texts }),
  }))
const anyIndex: Arbitrary<JsonObject> = record(
  { manifests: array(entry, { maxLength: 5 }), artifactType: text, annotations: dictionary(constantFrom('k', 'l'), text), 'x-unknown': array(text, { maxLength: 2 }) },
  { requiredKeys: ['manifests'] },
).map(index)

/** What an index says, whatever its order: written apart from the code that is tested. */
function meaning(raw: JsonObject): unknown {
  const plain = JSON.parse(stringifyJson(raw)) as { manifests: { digest: string; annotations?: Record<string, string> }[] }
  const { manifests, ...top } = plain
  const facts = new Set<string>()
  const greatest = new Map<string, string>()
  const removed = new Set(manifests.flatMap((m) => Object.keys(m.annotations ?? {}).filter((name) => name.startsWith('dev.sealdex/removed')).map((name) => `${m.digest}${name.slice(-17)}`)))
  for (const { annotations: texts = {}, ...core } of manifests) {
    const where = JSON.stringify(core, ['architecture', 'digest', 'mediaType', 'os', 'platform', 'size'])
    facts.add(where)
    for (const [name, value] of Object.entries(texts)) {
      const hashed = /\.[0-9a-f]{16}$/.test(name)
      if (hashed && removed.has(`${core.digest}${name.slice(-17)}`) && !name.startsWith('dev.sealdex/removed')) continue
      const key = `${hashed ? core.digest : where} ${name}`
      const grouped = name === SIGNATURE || name === CERTIFICATE || name === `${SIGNATURE}.0`
      if (!grouped && (greatest.get(key) ?? '') < value) greatest.set(key, value)
    }
    const plainGroup = [SIGNATURE, CERTIFICATE].flatMap((name) => (texts[name] === undefined ? [] : [`${name}=${texts[name]}`])).join('&')
    if (plainGroup !== '') facts.add(`${where} ${plainGroup}`)
    if (texts[`${SIGNATURE}.0`] !== undefined) facts.add(`${where} .0=${texts[`${SIGNATURE}.0`]}`)
  }
  return { top, facts: [...facts].sort(), greatest: [...greatest].sort() }
}

describe('W1: adding is a set union', () => {
  test('W1: commutative, associative and idempotent up to order', () => {
    assert(property(anyIndex, anyIndex, anyIndex, (a, b, c) => {
      expect(meaning(uniteIndexes(a, b))).toEqual(meaning(uniteIndexes(b, a)))
      expect(meaning(uniteIndexes(uniteIndexes(a, b), c))).toEqual(meaning(uniteIndexes(a, uniteIndexes(b, c))))
      const united = uniteIndexes(a, b)
      for (const again of [a, b, united]) expect(meaning(uniteIndexes(united, again))).toEqual(meaning(united))
    }), { numRuns: 300 })
  })

  test('W1: uniting with what is there already changes not one byte', () => {
    assert(property(anyIndex, anyIndex, (a, b) => {
      const united = uniteIndexes(a, b)
      for (const again of [a, b, united]) expect(stringifyJson(uniteIndexes(united, again))).toBe(stringifyJson(united))
    }), { numRuns: 300 })
  })

  test('W1: signers in any order and any number of times have the same end', () => {
    const signers = ['1', '2', '3', '4'].map((name) => index({ manifests: [{ mediaType: 'm', digest: digest('a'), size: 7, annotations: { [`${SIGNATURE}${suffix(name)}`]: name } }] }))
    const picks = array(constantFrom(...signers), { maxLength: 12 }).map((chosen) => [...chosen, ...signers])
    const end = meaning(signers.reduce((a, b) => uniteIndexes(a, b)))
    assert(property(picks, (chosen) => {
      expect(meaning(chosen.reduce((a, b) => uniteIndexes(a, b)))).toEqual(end)
    }))
  })
})

describe('W2: keep what you don\'t know', () => {
  test('W2: unknown fields, their order, number texts and foreign entries survive', () => {
    const text = `{"schemaVersion":2,"x-first":1.50e1,"mediaType":"${OCI_INDEX}","annotations":{"k":"v"},"manifests":[` +
      `{"mediaType":"m","x-note":[1.0],"digest":"${digest('b')}","size":7,"annotations":{"z":"1","a":"2"}},{"digest":"${digest('a')}","size":7,"mediaType":"m"}]}`
    const before = parseJson(utf8Encode(text)) as JsonObject
    const after = withAnnotations(before, new Map([...index({ manifests: [] }), ['digest', digest('a')], ['mediaType', 'm'], ['size', (before.get('manifests') as JsonObject[])[1]?.get('size') ?? null]]), new Map([[`${SIGNATURE}${suffix('1')}`, 's']]))
    expect(stringifyJson(after)).toBe(text.replace(`"mediaType":"m"}]}`, `"mediaType":"m","annotations":{"${SIGNATURE}${suffix('1')}":"s"}}]}`))
  })

  test('W2: repeated descriptors with plain signatures of several signers stay as they are', () => {
    const twin = (signature: string): object => ({ mediaType: 'm', digest: digest('a'), size: 7, annotations: { [SIGNATURE]: signature, [CERTIFICATE]: signature } })
    const repeated = index({ manifests: [twin('1'), twin('2')] })
    const added = uniteIndexes(repeated, index({ manifests: [twin('3')] }))
    expect(JSON.parse(stringifyJson(added))).toMatchObject({ manifests: [twin('1'), twin('2'), twin('3')] })
  })

  test('one digest with two sizes is an error', () => {
    const sized = (size: number): JsonObject => index({ manifests: [{ mediaType: 'm', digest: digest('a'), size }] })
    expect(() => uniteIndexes(sized(1), sized(2))).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('W4: tombstones', () => {
  const signed = (...names: string[]): JsonObject => index({ manifests: [{ mediaType: 'm', digest: digest('a'), size: 7, annotations: Object.fromEntries(names.map((name) => [name, 't'])) }] })

  test('W4: a union with an older copy does not bring back what was removed', () => {
    const old = signed(`${SIGNATURE}${suffix('1')}`, `dev.sealdex/payload${suffix('1')}`, `${SIGNATURE}${suffix('2')}`)
    const removed = signed(`dev.sealdex/removed${suffix('1')}`)
    for (const united of [uniteIndexes(old, removed), uniteIndexes(removed, old), uniteIndexes(uniteIndexes(removed, old), old)]) {
      expect(holdsAnnotations(united, digest('a'), new Map([[`${SIGNATURE}${suffix('1')}`, 't']]))).toBe(false)
      expect(holdsAnnotations(united, digest('a'), new Map([[`${SIGNATURE}${suffix('2')}`, 't'], [`dev.sealdex/removed${suffix('1')}`, 't']]))).toBe(true)
    }
  })

  test('a tombstone for a plain or numbered name buries nothing: another signature may stand under it', () => {
    const united = uniteIndexes(signed(SIGNATURE, `${SIGNATURE}.0`), signed('dev.sealdex/removed', 'dev.sealdex/removed.0'))
    expect(stringifyJson(united)).toContain(`"${SIGNATURE}":"t","${SIGNATURE}.0":"t"`)
  })
})
