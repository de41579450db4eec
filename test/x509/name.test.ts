import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { utf8Encode } from '../../src/base/bytes.ts'
import { writeDer, writeOid, writeSequence } from '../../src/base/der.ts'
import * as TAG from '../../src/base/der-tags.ts'
import { fitsSubject, nameText, parseSubject } from '../../src/x509/name.ts'
import { nameOf } from '../notation/kit.ts'
import { writeSet, type Bytes } from '../sigstore/kit/der.ts'

const part = (oid: string, tag: number, content: Uint8Array): Bytes => writeSet(writeSequence(writeOid(oid), writeDer(tag, content)))
const name = nameOf(['C', 'US'], ['ST', 'WA'], ['O', 'Vendor, Inc.'], ['CN', 'release'])

describe('a name as text', () => {
  it('has the last part first, and escapes what could be misread', () => {
    expect(nameText(name)).toBe('CN=release,O=Vendor\\, Inc.,ST=WA,C=US')
    expect(nameText(nameOf(['CN', ' a,O=Other ']))).toBe('CN=\\ a\\,O=Other\\ ')
    expect(nameText(nameOf(['CN', '#1'], ['O', 'a\u0000b\nc\\"']))).toBe('O=a\\00b\\0ac\\\\\\",CN=\\#1')
    expect(nameText(writeSequence())).toBe('')
  })

  it('shows what is no text, or of an unknown type, by its bytes', () => {
    expect(nameText(writeSequence(part('2.5.4.3', 30, Uint8Array.of(0, 65))))).toBe('CN=#1e020041')
    expect(nameText(writeSequence(part('2.5.4.3', TAG.utf8String, Uint8Array.of(0xff))))).toBe('CN=#0c01ff')
    expect(nameText(writeSequence(part('2.5.4.3', TAG.printableString, utf8Encode('ä'))))).toBe('CN=#1302c3a4')
    expect(nameText(writeSequence(part('1.2.3', TAG.utf8String, utf8Encode('x'))))).toBe('OID.2a03=x')
    expect(nameText(writeSequence(writeSet(writeSequence(writeOid('2.5.4.3'), writeDer(12, utf8Encode('a'))), writeSequence(writeOid('2.5.4.10'), writeDer(12, utf8Encode('b'))))))).toBe('CN=a+O=b')
  })

  it('is none of another form', () => {
    for (const der of [writeDer(5), writeSequence(writeSequence()), writeSequence(writeSet()), writeSequence(writeSet(writeSequence(writeOid('2.5.4.3'))))]) expect(() => nameText(der)).toThrow('strict DER')
  })
})

describe('a subject of a policy', () => {
  it('is read in any order, with spaces around its parts', () => {
    expect(parseSubject(' c = US ,O=Vendor\\, Inc. ').attributes).toEqual(new Map([['C', 'US'], ['O', 'Vendor, Inc.']]))
    expect(parseSubject('O=a=b').attributes.get('O')).toBe('a=b')
    expect(parseSubject('O=\\ x\\ , CN=a\\2cb, OU=\\c3\\a4').attributes).toEqual(new Map([['O', ' x '], ['CN', 'a,b'], ['OU', 'ä']]))
    expect(parseSubject('ST=WA, C=US').text).toBe(parseSubject('C=US,ST=WA').text)
  })

  it.each(['', 'Vendor', 'O', '=x', 'O=', 'O= ', 'O=a, O=b', 'O=a+OU=b', 'O="a"', 'O=#0c0161', 'XX=a', '2.5.4.10=a', 'O=a;C=b', 'O=\\', 'O=\\zz', 'O=\\ff', 'O=*', 'O=a,', 'O=<a>'])('is refused: %j', (text) => {
    expect(() => parseSubject(text)).toThrow()
  })

  it('fits a name that says all of it, exactly', () => {
    const fits = (text: string, der: Bytes = name): boolean => fitsSubject(der, parseSubject(text))
    for (const text of ['C=US', 'CN=release, C=US', 'C=US,ST=WA,O=Vendor\\, Inc.,CN=release']) expect(fits(text), text).toBe(true)
    for (const text of ['C=us', 'O=Vendor', 'O=Vendor\\, Inc', 'OU=release', 'C=US, L=x', 'CN=release\\00']) expect(fits(text), text).toBe(false)
    expect(fits('O=b', nameOf(['O', 'a'], ['O', 'b']))).toBe(false)
    expect(fits('O=a', nameOf(['O', 'a'], ['O', 'b']))).toBe(false)
    expect(fits('CN=a', writeSequence(writeSet(writeSequence(writeOid('2.5.4.3'), writeDer(12, utf8Encode('a'))), writeSequence(writeOid('2.5.4.10'), writeDer(12, utf8Encode('b'))))))).toBe(false)
  })

  it('fits the name that its own text says, whatever stands in it', () => {
    const text = fc.string({ minLength: 1, unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.constantFrom(...',+"\\<>;#= a*')) })
    fc.assert(fc.property(text.filter((one) => one !== '*'), text, (organization, other) => {
      const der = nameOf(['O', organization], ['CN', 'x'])
      const subject = parseSubject(nameText(der))
      expect(subject.attributes.get('O')).toBe(organization)
      expect(parseSubject(subject.text)).toEqual(subject)
      expect(fitsSubject(der, subject)).toBe(true)
      expect(fitsSubject(nameOf(['O', other], ['CN', 'x']), subject)).toBe(other === organization)
    }))
  })
})
