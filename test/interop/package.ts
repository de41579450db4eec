/** The command as the package carries it, built anew into a folder: it starts in a third of the time that a checkout takes, and no stale dist is run. */
import { cp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { run, troubleOf } from './process.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const VITE = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')

/** Path of the script that starts it; null if it does not build. */
export async function buildPackage(folder: string): Promise<string | null> {
  const home = join(folder, 'package')
  const { code } = await run(process.execPath, [VITE, 'build', '--config', join(ROOT, 'vite.cli.config.ts'), '--outDir', join(home, 'dist', 'cli')], { cwd: ROOT })
  if (code !== 0) return null
  for (const part of ['bin', 'schema', 'package.json']) await cp(join(ROOT, part), join(home, part), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'))
  return join(home, 'bin', 'sealdex.js')
}

/** The executable (`npm run build:executable`) out of {@link buildPackage}'s folder, with the page where one was built there; its path. Throws where it does not build. */
export async function buildExecutable(folder: string): Promise<string> {
  if ((await buildPackage(folder)) === null) throw new Error('the package does not build')
  const home = join(folder, 'package')
  const page = await run(process.execPath, [VITE, 'build', 'web', '--outDir', join(home, 'dist', 'web')], { cwd: ROOT })
  const bundled = await run('npm', ['run', '--silent', 'bundle:executable'], { cwd: home })
  for (const ran of [page, bundled]) if (ran.code !== 0) throw new Error(troubleOf(ran))
  return join(home, 'dist', 'sealdex')
}
