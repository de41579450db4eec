import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const timeouts = { testTimeout: 120_000, hookTimeout: 120_000 }

const config: ViteUserConfig = defineConfig({
  test: {
    // many tests wait for a process, a browser or a clock
    maxWorkers: availableParallelism() + 1,
    globalSetup: './test/setup.ts',
    projects: [
      { extends: true, test: { name: 'node', include: ['test/**/*.test.ts'], exclude: ['test/worker/**'], ...timeouts } },
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: './test/worker/wrangler.toml' } })],
        test: { name: 'workerd', include: ['test/worker/**/*.test.ts'], ...timeouts },
      },
    ],
  },
})

export default config
