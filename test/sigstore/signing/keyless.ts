import { loadTrustedRoot } from '../../../src/sigstore/trusted-root.ts'
import { keylessSigner, type KeylessSigner } from '../../../src/sigstore/signing/keyless.ts'
import { readSigningConfig } from '../../../src/sigstore/signing/signing-config.ts'
import { signingServices } from '../../../src/source/signing-services.ts'
import type { TrustedRoot } from '../../../src/sigstore/trust.ts'
import { trustOf } from '../kit/deployment.ts'
import type { JsonFields } from '../kit/json.ts'
import { NOW } from '../kit/window.ts'
import { configFor, EMAIL_CLAIMS, tokenWith, type ConfigChoices, type Services } from './services.ts'

export interface SignerChoices extends ConfigChoices {
  readonly claims?: JsonFields
  readonly trust?: JsonFields
  readonly timeoutMs?: number
}

export function rootOf({ on }: Services): Promise<TrustedRoot> {
  return loadTrustedRoot(JSON.stringify(trustOf(on)))
}

/** A signer by the doubles, without sockets. */
export async function signerAt(services: Services, { claims = EMAIL_CLAIMS, trust, timeoutMs, ...config }: SignerChoices = {}): Promise<KeylessSigner> {
  return keylessSigner({
    identityToken: tokenWith(claims),
    signingConfig: readSigningConfig(JSON.stringify(configFor(config))),
    trustedRoot: trust === undefined ? await rootOf(services) : await loadTrustedRoot(JSON.stringify(trust)),
    services: signingServices({ fetch: async (url, init) => services.app.fetch(new Request(url, { ...init, duplex: 'half' } as RequestInit)), ...(timeoutMs !== undefined && { timeoutMs }) }),
    at: NOW,
  })
}
