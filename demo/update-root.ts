import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// npm run update-root: the built-in public-good root, out of the installed @sigstore/tuf
const ROOT = join(import.meta.dirname, '..')
const MIRROR = 'https://tuf-repo-cdn.sigstore.dev'

interface Seed {
  readonly 'root.json': string
  readonly targets: Readonly<Record<string, string>>
}

const { version } = JSON.parse(read('node_modules/@sigstore/tuf/package.json')) as { version: string }
const seed = (JSON.parse(read('node_modules/@sigstore/tuf/seeds.json')) as Record<string, Seed | undefined>)[MIRROR]
if (seed === undefined) throw new Error(`@sigstore/tuf ${version} has no seed for ${MIRROR}`)
const [tufRoot, trustedRoot] = [seed['root.json'], seed.targets['trusted_root.json'] ?? ''].map((text) => Buffer.from(text, 'base64').toString('utf8'))
if (tufRoot === undefined || trustedRoot === undefined || /[`]|\$\{/.test(tufRoot + trustedRoot)) throw new Error('the texts do not fit into a raw template')
const { signed } = JSON.parse(tufRoot) as { signed: { version: number, expires: string } }
const published = publishedAt()

const HEAD = `// Written by npm run update-root, out of @sigstore/tuf ${version} (published ${published}); do not edit.\n`

writeFileSync(join(ROOT, 'src/sigstore/public-good-root.ts'), `${HEAD}
/** When the package was published that this is taken from: seconds since 1970 of ${published}. */
export const PUBLIC_GOOD_TAKEN_AT: number = ${Date.parse(published) / 1000}

/** Sigstore's public-good trusted_root.json, byte for byte as its TUF repository has it. */
export const PUBLIC_GOOD_ROOT: string = String.raw\`${trustedRoot}\`
`)

writeFileSync(join(ROOT, 'src/sigstore/tuf/public-good-tuf-root.ts'), `${HEAD}
/** Where Sigstore's public-good TUF repository is. */
export const PUBLIC_GOOD_MIRROR: string = '${MIRROR}'

/** Its root.json to begin with: version ${signed.version}, expires ${signed.expires}. */
export const PUBLIC_GOOD_TUF_ROOT: string = String.raw\`${tufRoot}\`
`)

console.log(`trusted_root.json of @sigstore/tuf ${version}, published ${published}; root.json version ${signed.version}, expires ${signed.expires}`)

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The seeds carry no date of their own, and the files of a package have none either: the registry says when it was published. */
function publishedAt(): string {
  const times = JSON.parse(execFileSync('npm', ['view', `@sigstore/tuf@${version}`, 'time', '--json'], { cwd: ROOT, encoding: 'utf8' })) as Readonly<Record<string, string>>
  const time = Date.parse(times[version] ?? '')
  if (Number.isNaN(time)) throw new Error(`the registry does not say when @sigstore/tuf ${version} was published`)
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
