import { defineConfig, type UserConfig } from 'vite'

const config: UserConfig = defineConfig({ root: import.meta.dirname, base: './', build: { outDir: '../dist/web', emptyOutDir: true, target: 'es2022' } })

export default config
