import { createHash } from 'node:crypto'
import { defineConfig, type Plugin, type UserConfig } from 'vite'

/** Names this build: bin/sealdex.js keeps compiled code under that name (see src/cli/code-cache.ts). */
const nameBuild: Plugin = {
  name: 'name-build',
  generateBundle(_, bundle) {
    const hash = createHash('sha256')
    for (const file of Object.values(bundle)) if (file.type === 'chunk') hash.update(file.fileName).update(file.code)
    this.emitFile({ type: 'asset', fileName: 'build', source: hash.digest('hex').slice(0, 16) })
  },
}

/**
 * The command as the package carries it: few files instead of a hundred and thirty, which Node takes longer to find and to load than to run. CommonJS, because
 * there Node's own modules are loaded as far as they are used. Each command has a file of its own, beside those with what some share; undici stays
 * outside, for those who need a proxy.
 */
const config: UserConfig = defineConfig({
  plugins: [nameBuild],
  build: {
    ssr: true,
    outDir: 'dist/cli',
    target: 'es2024',
    minify: true,
    // what is packed in keeps its licences beside it
    license: { fileName: 'LICENSES.md' },
    rolldownOptions: { input: ['src/cli/main.ts', 'src/cli/code-cache.ts'], output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs' } },
  },
  ssr: { noExternal: true, external: ['undici'] },
})

export default config
