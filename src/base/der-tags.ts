/* Universal tags of ASN.1 that are read or written here. Imported whole, as TAG. */

export const boolean = 1
export const integer = 2
export const bitString = 3
export const octetString = 4
// NULL, which is no name for a constant
export const nothing = 5
export const oid = 6
export const enumerated = 10
export const utf8String = 12
export const sequence = 16
export const set = 17
export const printableString = 19
export const ia5String = 22
export const utcTime = 23
export const generalizedTime = 24
