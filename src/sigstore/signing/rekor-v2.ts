import { base64Encode } from '../../base/bytes.ts'
import { SealdexError } from '../../base/errors.ts'
import { readLogEntry } from '../bundle-entries.ts'
import type { LogEntry } from '../material.ts'
import { askJson, serviceError, type AskService } from './service.ts'
import type { ToLog } from './to-log.ts'

/** Logs a signature in a Rekor v2, as `hashedrekord` 0.0.2, an envelope's too (formats.md 13.1). Gives the entry as it was answered; whether it holds is not checked. Throws `service-error`. */
export async function logInV2(ask: AskService, service: string, { signature, certificate, digest }: ToLog): Promise<LogEntry> {
  const what = 'a log entry'
  const answer = await askJson(ask, {
    service, path: '/api/v2/log/entries', what,
    body: {
      hashedRekordRequestV002: {
        digest: base64Encode(digest),
        signature: { content: base64Encode(signature), verifier: { x509Certificate: { rawBytes: base64Encode(certificate.der) }, keyDetails: 'PKIX_ECDSA_P256_SHA_256' } },
      },
    },
  })
  try {
    return readLogEntry(answer, 'entry')
  } catch (cause) {
    if (!(cause instanceof SealdexError)) throw cause
    return serviceError(service, `answered something else when asked for ${what}. ${cause.message}`, { cause })
  }
}
