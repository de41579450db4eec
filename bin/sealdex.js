#!/usr/bin/env node
// Starts the command: in a checkout from its sources, in the package from what was built. Written so that old runtimes can read it and say what they lack,
// and with as few imports as can be: those of Node's modules load more than is used here.
const sources = new URL('../src/cli/main.ts', import.meta.url)
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  const { spawnSync } = await import('node:child_process')
  const { existsSync } = await import('node:fs')
  const { fileURLToPath } = await import('node:url')
  // a checkout brings its own Node
  const own = fileURLToPath(new URL(process.platform === 'win32' ? '../node_modules/node/bin/node.exe' : '../node_modules/node/bin/node', import.meta.url))
  if (existsSync(sources) && existsSync(own)) {
    const { status, signal } = spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
    process.exitCode = status === null ? 3 : status
    if (signal) process.kill(process.pid, signal)
  } else {
    console.error(`sealdex: Node ${process.versions.node} is too old; sealdex needs 22.18 or newer. [old-node]`)
    process.exitCode = 3
  }
} else {
  const { createRequire, enableCompileCache } = process.getBuiltinModule('node:module')
  const { existsSync, readFileSync } = process.getBuiltinModule('node:fs')
  // in a folder of the user's own: what stands in a shared one, others could have put there
  const { HOME, LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  const home = XDG_CACHE_HOME || (HOME ? `${HOME}/.cache` : LOCALAPPDATA)
  if (existsSync(sources)) {
    if (home) enableCompileCache(`${home}/sealdex`)
    await import(sources.href)
  } else {
    const require = createRequire(import.meta.url)
    const built = process.getBuiltinModule('node:url').fileURLToPath(new URL('../dist/cli', import.meta.url))
    // each command runs other parts of the same files
    const command = /^[a-z-]{1,20}$/.exec(process.argv[2] ?? '')?.[0] ?? 'none'
    if (home) require('../dist/cli/code-cache.cjs').runCached(built, 'main.cjs', `${home}/sealdex/${process.version}-${readFileSync(`${built}/build`, 'utf8')}/${command}`, require)
    else require('../dist/cli/main.cjs')
  }
}
