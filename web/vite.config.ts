import type { UserConfig } from 'vite'

export const config: UserConfig = { root: import.meta.dirname, base: './', build: { outDir: '../dist/web', emptyOutDir: true, target: 'es2022' } }
