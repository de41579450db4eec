import * as LIMITS from '../base/limits.ts'

/** Puts an entry into a cache that keeps the newest `LIMITS.tokensKept`. */
export function keepNewest<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= LIMITS.tokensKept) return
    map.delete(oldest)
  }
}
