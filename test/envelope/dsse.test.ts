import { describe, expect, test } from 'vitest'
import { base64Encode, utf8Decode, utf8Encode } from '../../src/base/bytes.ts'
import { parseJson } from '../../src/base/json.ts'
import { dsseBase64, parseDsse, preAuthEncoding, type DsseEnvelope } from '../../src/envelope/dsse.ts'

const read = (envelope: object): DsseEnvelope => parseDsse(parseJson(utf8Encode(JSON.stringify(envelope))), 'envelope')
const sig = base64Encode(Uint8Array.of(1, 2, 3))

describe('T47: DSSE', () => {
  test('what is signed counts bytes, not characters', () => {
    expect(utf8Decode(preAuthEncoding('http://example.com/HelloWorld', utf8Encode('hello world')))).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world')
    expect(utf8Decode(preAuthEncoding('tÿpe', utf8Encode('hellö')))).toBe('DSSEv1 5 tÿpe 6 hellö')
  })

  test('type, payload and signatures, whatever the key is called', () => {
    expect(read({ payloadType: 't', payload: 'aGk=', signatures: [{ sig, keyid: 'x' }, { sig }] })).toEqual({ payloadType: 't', payload: utf8Encode('hi'), signatures: [Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)] })
  })

  test.each([
    ['no type', { payload: '', signatures: [] }], ['an empty type', { payloadType: '', payload: '', signatures: [] }], ['no payload', { payloadType: 't', signatures: [] }],
    ['signatures that are no list', { payloadType: 't', payload: '', signatures: { sig } }], ['a signature that is a text', { payloadType: 't', payload: '', signatures: [sig] }],
    ['a payload in two spellings', { payloadType: 't', payload: '', Payload: '', signatures: [] }],
  ])('%s', (_, envelope) => {
    expect(() => read(envelope)).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
  })
})

describe('T48: base64 of an envelope', () => {
  test.each([['+/8=', '-_8=', '-_8']])('%s in either alphabet', (standard, padded, bare) => {
    for (const text of [standard, padded, bare]) expect(dsseBase64(text)).toEqual(Uint8Array.of(0xfb, 0xff))
  })

  test.each(['+_8=', '+/8', '-_9=', '-_9', ' +/8=', '+/8=\n', '-_8==', '-', 'aGk'])('%j is refused', (text) => {
    expect(() => dsseBase64(text)).toThrow(expect.objectContaining({ code: 'malformed-base64' }) as Error)
  })
})
