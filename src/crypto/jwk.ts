import { base64UrlDecode, concatBytes, utf8Encode } from '../base/bytes.ts'
import { parseJson, type JsonObject } from '../base/json.ts'
import { fixedObject, stringField } from '../base/json-fields.ts'
import { quoted } from '../base/quoted.ts'
import { badKey, curveByWebName, type KeyMaterial } from './key-material.ts'

const FIELDS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'use', 'key_ops', 'alg', 'kid', 'x5c', 'ext'] as const

/** A JWK (RFC 7517) from its JSON text. Throws `malformed-json` or `malformed`. */
export function parseJwk(text: string): JsonObject {
  return fixedObject(parseJson(utf8Encode(text)), FIELDS, 'the JWK')
}

/** Whether the JWK holds a private or a secret key. */
export function isPrivateJwk(jwk: JsonObject): boolean {
  return jwk.has('d') || jwk.has('k')
}

/** The bytes of one member, such as `x`: base64url without padding. */
export function jwkBytes(jwk: JsonObject, name: string): Uint8Array<ArrayBuffer> {
  return base64UrlDecode(stringField(jwk, name, 'the JWK'))
}

/** The public key of a JWK: EC (RFC 7518), RSA, or OKP with Ed25519 (RFC 8037). */
export function readPublicJwk(jwk: JsonObject): KeyMaterial {
  const kty = stringField(jwk, 'kty', 'the JWK')
  if (kty === 'EC') {
    const { type, coordinateBytes } = curveByWebName(stringField(jwk, 'crv', 'the JWK'))
    const [x, y] = [jwkBytes(jwk, 'x'), jwkBytes(jwk, 'y')]
    if (x.length !== coordinateBytes || y.length !== coordinateBytes) badKey('The coordinates of the JWK have the wrong length for its curve.')
    return { type, point: concatBytes(Uint8Array.of(4), x, y) }
  }
  if (kty === 'RSA') return { type: 'rsa', modulus: jwkBytes(jwk, 'n'), exponent: jwkBytes(jwk, 'e') }
  if (kty === 'OKP' && stringField(jwk, 'crv', 'the JWK') === 'Ed25519') return { type: 'ed25519', point: jwkBytes(jwk, 'x') }
  return badKey(`A JWK of type ${quoted(kty)} is not accepted: EC, RSA, or OKP with Ed25519.`)
}
