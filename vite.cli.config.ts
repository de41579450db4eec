import { defineConfig, type UserConfig } from 'vite'

/**
 * The command as the package carries it: few files instead of a hundred and thirty, which Node takes longer to find and to load than to run. CommonJS, because
 * there Node's own modules are loaded as far as they are used. Each command
 * has a file of its own, beside one with what several use; undici stays outside, for those who need a proxy.
 */
const config: UserConfig = defineConfig({
  build: {
    ssr: 'src/cli/main.ts',
    outDir: 'dist/cli',
    target: 'es2024',
    minify: true,
    // what is packed in keeps its licences beside it
    license: { fileName: 'LICENSES.md' },
    rolldownOptions: { output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs', codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] } } },
  },
  ssr: { noExternal: true, external: ['undici'] },
})

export default config
