/** The floors of the house and its rules, held from the import statements themselves (CONTRIBUTING.md). Pure: files in, violations out. */

export type Sources = ReadonlyMap<string, string>

/** What each floor may use, besides itself. A floor may use those below it, never one above. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  crypto: ['base'],
  oci: ['base', 'crypto'],
  source: ['base', 'crypto', 'oci'],
  envelope: ['base', 'crypto', 'oci'],
  form: ['base', 'crypto', 'oci'],
  x509: ['base', 'crypto'],
  sigstore: ['base', 'crypto', 'oci', 'envelope', 'x509'],
  policy: ['base', 'crypto', 'oci', 'source', 'envelope', 'form', 'x509', 'sigstore'],
  verify: ['base', 'crypto', 'oci', 'source', 'envelope', 'form', 'x509', 'sigstore', 'policy'],
  edit: ['base', 'crypto', 'oci', 'source', 'envelope', 'form', 'x509', 'sigstore', 'policy', 'verify'],
  copy: ['base', 'crypto', 'oci', 'source', 'envelope', 'form', 'x509', 'sigstore', 'policy', 'verify', 'edit'],
}

/** Who may import which package; what is not named here nobody may. */
const PACKAGES: readonly { readonly name: RegExp; readonly where: RegExp }[] = [
  { name: /^node:/, where: /^(src\/cli|demo|test|bench)\/|^worker\/node\.ts$/ },
  { name: /^@noble\//, where: /^(src\/crypto|test|bench)\// },
  { name: /^@sigstore\/(verify|bundle|protobuf-specs)$/, where: /^bench\// },
  { name: /^(axe-core|lighthouse|chrome-launcher)$/, where: /^test\// },
  { name: /^(hono(\/.*)?|@hono\/node-server)$/, where: /^(worker|demo|test|bench)\// },
  { name: /^undici$/, where: /^src\/cli\// },
  { name: /^vite$/, where: /^web\/vite\.config\.ts$|^(test|bench)\// },
  { name: /^(vitest|fast-check|cborg|ajv(\/.*)?|playwright-core|miniflare|cloudflare:test)$/, where: /^(test|bench)\// },
]

const MAX_LINES = 300
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^'"\n;]*?(?:\n[^'"\n;]*?)*?from\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

export function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

/** Without template texts, which may hold code of another page or test. */
function withoutTexts(text: string): string {
  return text.replace(/`(?:[^`\\]|\\.)*`/g, '``')
}

export function violations(files: Sources): string[] {
  const found = [...files].flatMap(([path, text]) => [...lineRules(path, text), ...importsOf(withoutTexts(text)).flatMap((target) => importRules(path, target))])
  return [...found, ...cycles(files)]
}

function lineRules(path: string, text: string): string[] {
  const lines = text.split('\n').length - 1
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '')
  const isCore = /^src\/(?!cli\/)/.test(path)
  return [
    ...(lines > MAX_LINES ? [`${path} has ${lines} lines; over ${MAX_LINES} a concept is missing`] : []),
    ...(/(^|\n)export default\b/.test(text) && !/^worker\/(?:index|workerd)\.ts$/.test(path) && !path.endsWith('vite.config.ts') ? [`${path} has a default export`] : []),
    ...(/(^|\n)export\s[^;\n]*\sfrom\s/.test(text) && path !== 'src/index.ts' ? [`${path} passes exports on; src/index.ts is the only barrel`] : []),
    ...(isCore && /(?<![.\w])(?:(?:Buffer|process|localStorage)\s*[.(]|require\s*\()/.test(code) ? [`${path} uses a global of one runtime`] : []),
    ...(isCore && /\bnew Date\(\)|\bDate\.now\(\)/.test(code) && !CLOCKS.has(path) ? [`${path} reads the clock`] : []),
  ]
}

/** The outermost functions, which read the clock once; tokens expire and writes wait by it. */
const CLOCKS: ReadonlySet<string> = new Set(['src/verify/options.ts', 'src/sigstore/verify-bundle.ts', 'src/edit/sign.ts', 'src/edit/export.ts', 'src/edit/clock.ts', 'src/source/registry-token.ts', 'src/source/registry-auth.ts', 'src/source/registry-http.ts', 'src/source/guarded.ts'])

function importRules(path: string, target: string): string[] {
  if (!target.startsWith('.')) {
    const rule = PACKAGES.find(({ name }) => name.test(target))
    return rule === undefined || !rule.where.test(path) ? [`${path} imports ${target}, which is not for it`] : []
  }
  const to = resolve(path, target)
  const [from, into] = [path.split('/'), to.split('/')]
  if (from[0] === 'src' && into[0] !== 'src' && to !== 'worker/node.ts') return [`${path} imports ${to}, outside of src`]
  if (from[0] !== 'src' || from.length < 3) return outsideRules(path, to)
  const floor = from[1] ?? ''
  if (floor === 'cli') return into[1] === 'cli' || to === 'src/index.ts' || (path === 'src/cli/serve.ts' && to === 'worker/node.ts') ? [] : [`${path} imports ${to}; the command line uses src/index.ts alone`]
  const below = FLOORS[floor]
  if (below === undefined) return [`${path} stands on a floor that is not in the house`]
  return into.length >= 3 && (into[1] === floor || below.includes(into[1] ?? '')) ? [] : [`${path} imports ${to}, which is not below it`]
}

function outsideRules(path: string, to: string): string[] {
  const isUser = /^(worker|web)\//.test(path)
  return isUser && to.startsWith('src/') && to !== 'src/index.ts' ? [`${path} imports ${to}; it uses src/index.ts alone`] : []
}

function cycles(files: Sources): string[] {
  const state = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done' || !files.has(path)) return
    if (state.get(path) === 'open') return void found.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`)
    state.set(path, 'open')
    for (const target of importsOf(withoutTypeImports(files.get(path) ?? ''))) if (target.startsWith('.')) visit(resolve(path, target), [...trail, path])
    state.set(path, 'done')
  }
  for (const path of files.keys()) visit(path, [])
  return found
}

/** A type that is imported leaves nothing behind when types are erased, so it makes no cycle. */
function withoutTypeImports(text: string): string {
  return text.replace(/(^|\n)(import|export) type [^'"]*from\s+['"][^'"]+['"]/g, '')
}

function resolve(path: string, target: string): string {
  return new URL(target, `file:///${path}`).pathname.slice(1)
}
