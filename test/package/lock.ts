import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './demo.ts'

type Locked = Readonly<Record<string, unknown>>

/**
 * Makes of a folder a project whose one dependency is the packed archive in it, with the versions that the checkout has: so `npm ci --offline` finds all in npm's
 * cache, where the checkout's own `npm ci` has put the packages, but no registry's lists of versions, which `npm install` would ask for.
 */
export function lockArchive(folder: string, archive: string): void {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
  const { version, dependencies, bin } = read('package.json') as Locked
  const { packages } = read('package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> }
  const needed = Object.entries(packages).filter(([path, entry]) => path !== '' && entry['dev'] !== true && entry['devOptional'] !== true)
  const own = { name: 'installed', version: '1.0.0', dependencies: { sealdex: `file:${archive}` } }
  const locked = { '': own, 'node_modules/sealdex': { version, resolved: `file:${archive}`, dependencies, bin }, ...Object.fromEntries(needed) }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(own))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...own, lockfileVersion: 3, requires: true, packages: locked }))
}
