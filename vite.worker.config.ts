import { defineConfig, type UserConfig } from 'vite'

/**
 * The Worker as it is uploaded (wrangler.toml): one module, and beside it the root that is loaded when a keyless signature has to be judged. Made here and not by
 * wrangler, whose bundler wraps whatever a dynamic import could reach, and names things so that they compress worse: 3 % of the whole.
 */
const config: UserConfig = defineConfig({
  build: {
    ssr: 'worker/workerd.ts',
    outDir: 'dist/worker',
    target: 'es2024',
    minify: true,
    rolldownOptions: {
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      // for what is gzipped: names of limits and annotations give way to their values, and like files stand together
      optimization: { inlineConst: { mode: 'all', pass: 2 } },
      experimental: { chunkModulesOrder: 'module-id' },
    },
  },
  ssr: { noExternal: true, resolve: { conditions: ['workerd', 'worker', 'module'], externalConditions: [] } },
})

export default config
