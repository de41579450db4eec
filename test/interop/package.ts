/** The command as the package carries it, built anew into a folder: it starts in a third of the time that a checkout takes, and no stale dist is run. */
import { cp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './process.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** Path of the script that starts it; null if it does not build. */
export async function buildPackage(folder: string): Promise<string | null> {
  const home = join(folder, 'package')
  const { code } = await run(process.execPath, [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', join(ROOT, 'vite.cli.config.ts'), '--outDir', join(home, 'dist', 'cli')], { cwd: ROOT })
  if (code !== 0) return null
  for (const part of ['bin', 'schema', 'package.json']) await cp(join(ROOT, part), join(home, part), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'))
  return join(home, 'bin', 'sealdex.js')
}
