import { base64Encode, base64UrlEncode, utf8Encode } from '../base/bytes.ts'
import { stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { formatTime } from '../base/time.ts'
import { ATTRIBUTE, SIGNING_AGENT, X509_SCHEME, type NotationAlgorithm } from './notation-attributes.ts'
import { NOTATION_PAYLOAD_TYPE } from './notation-payload.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What goes into a notation signature. */
export interface NotationSigning {
  readonly payload: Bytes
  /** The one that goes with the key of the first certificate. */
  readonly algorithm: NotationAlgorithm
  /** Seconds since 1970. */
  readonly signingTime: number
  readonly expiry: number | null
  /** DER, the signer's first, the root last. */
  readonly certificates: readonly Bytes[]
  /** Which program signs, for people. */
  readonly agent: string
  /** The signature over these bytes, in JOSE's form: r‖s for ECDSA. */
  readonly sign: (signed: Bytes) => Promise<Bytes>
}

/** Writes a notation signature of the scheme notary.x509 as flattened JWS, as notation does: what a reader must understand is marked as critical. Rejects as `sign` does. */
export async function writeJws({ payload, algorithm, signingTime, expiry, certificates, agent, sign }: NotationSigning): Promise<Bytes> {
  const header: JsonObject = new Map<string, JsonValue>([
    ['alg', algorithm.jose],
    ['crit', [ATTRIBUTE.scheme, ...(expiry === null ? [] : [ATTRIBUTE.expiry])]],
    ['cty', NOTATION_PAYLOAD_TYPE],
    ...(expiry === null ? [] : [[ATTRIBUTE.expiry, formatTime(expiry)] as const]),
    [ATTRIBUTE.scheme, X509_SCHEME],
    [ATTRIBUTE.signingTime, formatTime(signingTime)],
  ])
  const [body, signed] = [base64UrlEncode(payload), base64UrlEncode(utf8Encode(stringifyJson(header)))]
  return utf8Encode(stringifyJson(new Map<string, JsonValue>([
    ['payload', body],
    ['protected', signed],
    ['header', new Map<string, JsonValue>([['x5c', certificates.map(base64Encode)], [SIGNING_AGENT, agent]])],
    ['signature', base64UrlEncode(await sign(utf8Encode(`${signed}.${body}`)))],
  ])))
}
