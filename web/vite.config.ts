import { defineConfig, type Plugin, type UserConfig, type UserConfigFnObject } from 'vite'

/** The page in files, as a server hands it out. */
export function pageConfig(outDir: string): UserConfig {
  return {
    root: import.meta.dirname,
    base: './',
    build: { outDir, emptyOutDir: true, target: 'es2024', modulePreload: false, reportCompressedSize: false },
    worker: { format: 'es' },
  }
}

/** The same page as one file, for those who trust no server. */
export function singleConfig(outDir: string): UserConfig {
  const page = pageConfig(outDir)
  const whole = { rolldownOptions: { output: { codeSplitting: false } } }
  return { ...page, publicDir: false, build: { ...page.build, ...whole }, worker: { format: 'iife', ...whole }, plugins: [oneFile()] }
}

/** `vite build web`, and `vite build web --mode single`. */
const config: UserConfigFnObject = defineConfig(({ mode }) => (mode === 'single' ? singleConfig('../dist/web-single') : pageConfig('../dist/web')))

export default config

/** Puts style, script and the worker's code into the document, and their hashes into its content security policy. */
function oneFile(): Plugin {
  return {
    name: 'sealdex-one-file',
    enforce: 'post',
    generateBundle: { order: 'post', handler: putTogether },
  }
}

const putTogether: Extract<Plugin['generateBundle'], (...given: never) => unknown> = async function (_options, bundle) {
  const text = (suffix: string): string => {
    const found = Object.values(bundle).filter(({ fileName }) => fileName.endsWith(suffix))
    const [part] = found
    if (part === undefined || found.length > 1) throw new Error(`the page has ${found.length} files that end in ${suffix}`)
    delete bundle[part.fileName]
    if (part.type === 'chunk') return part.code
    return typeof part.source === 'string' ? part.source : new TextDecoder().decode(part.source)
  }
  const worker = Object.keys(bundle).find((fileName) => /worker-[^/]*\.js$/.test(fileName)) ?? 'no worker'
  const core = text(worker)
  const [html, style, script] = [text('.html'), text('.css'), text('.js')]
  this.emitFile({ type: 'asset', fileName: 'sealdex.html', source: await inlined(html, style, script, core) })
}

async function inlined(html: string, style: string, script: string, core: string): Promise<string> {
  const safe = script.replaceAll('</script', String.raw`<\/script`)
  // data, not a script: the page makes its worker from it
  const data = core.replaceAll('</script', String.raw`<\/script`)
  const policy = [
    "default-src 'none'", `script-src '${await hashOf(safe)}'`, `style-src '${await hashOf(style)}'`, 'img-src data:', 'worker-src blob:',
    'connect-src https: http://127.0.0.1:* http://localhost:*', "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", 'trusted-types sealdex-worker',
  ].join('; ')
  const bare = html
    .replace(/<script[^>]*><\/script>\s*/g, '')
    .replace(/<link rel="(?:stylesheet|modulepreload)"[^>]*>\s*/g, '')
    .replace(/(http-equiv="Content-Security-Policy" content=")[^"]*/, () => `http-equiv="Content-Security-Policy" content="${policy}`)
    .replace('</head>', () => `<style>${style}</style>\n</head>`)
  return bare.replace('</body>', () => `<script type="text/plain" id="core">${data}</script>\n<script type="module">${safe}</script>\n</body>`)
}

async function hashOf(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return `sha256-${btoa(String.fromCharCode(...hash))}`
}
