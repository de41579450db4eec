import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LIMITS, memoryTufCache, type TufCache } from '../index.ts'
import type { Env } from './proxy.ts'

/**
 * Where what comes from a TUF mirror is kept: a folder of the mirror's own in the user's cache folder; in memory where no such is known. `trouble` is called, once, with the folder where nothing
 * can be kept: what was read counts all the same.
 */
export function tufCacheFor(mirror: string, env: Env, trouble: (folder: string) => void, platform: string = process.platform): TufCache {
  const base = cacheFolder(env, platform)
  return base === null ? memoryTufCache() : fileTufCache(join(base, 'sealdex', 'tuf', fileName(mirror)), trouble)
}

function cacheFolder(env: Env, platform: string): string | null {
  if (platform === 'win32') return env['LOCALAPPDATA'] || null
  if (env['XDG_CACHE_HOME']?.startsWith('/')) return env['XDG_CACHE_HOME']
  if (!env['HOME']) return null
  return platform === 'darwin' ? join(env['HOME'], 'Library', 'Caches') : join(env['HOME'], '.cache')
}

/** A name that every file system takes; long ones by their hash. */
function fileName(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('*', '%2A')
  return encoded.length <= 120 && !/^\.*$/.test(encoded) ? encoded : createHash('sha256').update(name).digest('hex')
}

/** Files are written beside their place and moved there, so that whoever reads at the same time reads the whole of one. */
export function fileTufCache(folder: string, trouble: (folder: string) => void): TufCache {
  const place = (name: string): string => join(folder, fileName(name))
  let told = false
  const unlessTold = (work: () => void): void => {
    try {
      work()
    } catch {
      if (!told) trouble(folder)
      told = true
    }
  }
  return {
    get: async (name) => readBounded(place(name)),
    set: async (name, bytes) => unlessTold(() => replace(place(name), bytes)),
    delete: async (name) => unlessTold(() => rmSync(place(name), { force: true })),
  }
}

/** Null for what is not there or can't be read, and what is larger than anything that is kept. */
function readBounded(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    return statSync(path).size > LIMITS.tuf.targetsBytes ? null : new Uint8Array(readFileSync(path))
  } catch {
    return null
  }
}

function replace(path: string, bytes: Uint8Array): void {
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(beside, bytes, { flag: 'wx', mode: 0o600 })
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}
