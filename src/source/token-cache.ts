import { unlessAborted } from './body.ts'
import type { Guard } from './guarded.ts'
import { keepNewest } from './newest.ts'
import type { Transport } from './registry-http.ts'
import { fetchToken, isAlive, type Token, type TokenRequest } from './registry-token.ts'
import { failed, read, type Read } from './source.ts'

/** Tokens by realm, service, scope **and** credential (T54), each asked for once however many want it. `refused`: an `Authorization` that was not taken. */
export type TokenCache = (request: TokenRequest, refused: string | null, guard: Guard) => Promise<Read<Token>>

export function tokenCache(transport: Transport): TokenCache {
  const tokens = new Map<string, Token>()
  const pending = new Map<string, Promise<Read<Token>>>()

  return async (request, refused, guard) => {
    const key = JSON.stringify([request.realm.href, request.service, request.scope, request.credential])
    const kept = tokens.get(key)
    if (kept !== undefined && isAlive(kept) && `Bearer ${kept.text}` !== refused) return read(kept)
    for (let shared = pending.get(key); shared !== undefined; shared = pending.get(key)) {
      const token = await joined(shared, request, guard)
      // the one who asked may have run out of time; that says nothing about ours
      if (token.state !== 'failed' || token.code !== 'timeout' || guard.signal.aborted) return token
    }
    const asking = fetchToken(transport, request, guard).finally(() => pending.delete(key))
    pending.set(key, asking)
    const token = await asking
    if (token.state === 'read') keepNewest(tokens, key, token.value)
    return token
  }
}

async function joined(shared: Promise<Read<Token>>, request: TokenRequest, guard: Guard): Promise<Read<Token>> {
  try {
    return await unlessAborted(shared, guard.signal)
  } catch {
    return failed('timeout', `${request.realm.host} did not hand out a token in time.`)
  }
}
