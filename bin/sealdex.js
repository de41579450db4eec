#!/usr/bin/env node
// Starts the command: in a checkout from its sources, in the package from what was built. Written so that old runtimes can read it and say what they lack.
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = join(root, 'src', 'cli', 'main.ts')
const inCheckout = existsSync(sources)
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  // a checkout brings its own Node
  const own = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (inCheckout && existsSync(own)) {
    const { spawnSync } = await import('node:child_process')
    const { status, signal } = spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
    process.exitCode = status === null ? 3 : status
    if (signal) process.kill(process.pid, signal)
  } else {
    console.error(`sealdex: Node ${process.versions.node} is too old; sealdex needs 22.18 or newer. [old-node]`)
    process.exitCode = 3
  }
} else {
  // in a folder of the user's own: what stands in a shared one, others could have put there
  const cache = process.env.XDG_CACHE_HOME || (process.env.HOME ? join(process.env.HOME, '.cache') : process.env.LOCALAPPDATA)
  if (cache) module.enableCompileCache(join(cache, 'sealdex'))
  if (inCheckout) await import(pathToFileURL(sources).href)
  else module.createRequire(import.meta.url)('../dist/cli/main.cjs')
}
