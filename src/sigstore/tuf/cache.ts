/**
 * What was taken from one mirror before, by names of ours (letters, digits, `/`, and what {@link encodeURIComponent} leaves). Nothing that comes out of it is
 * trusted for that: it is verified from the pinned root on like everything else. What it holds keeps a mirror from going back, and serves where there is no network.
 */
export interface TufCache {
  get(name: string): Promise<Uint8Array<ArrayBuffer> | null>
  set(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  delete(name: string): Promise<void>
}

/** A cache for as long as the process lives. One for each mirror. */
export function memoryTufCache(): TufCache {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>()
  return {
    get: async (name) => kept.get(name) ?? null,
    set: async (name, bytes) => void kept.set(name, bytes),
    delete: async (name) => void kept.delete(name),
  }
}
