import { defineConfig, type UserConfig } from 'vite'

/**
 * The library as the package carries it: few files instead of a hundred and thirty, as Node finds and loads those for longer than it verifies with them. Not made
 * small, so that it can be read and stepped through; what it depends on stays outside, for an application's own bundler to share.
 */
const config: UserConfig = defineConfig({
  build: {
    ssr: 'src/index.ts',
    outDir: 'dist/src',
    emptyOutDir: false,
    target: 'es2024',
    minify: false,
    rolldownOptions: { output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' } },
  },
})

export default config
