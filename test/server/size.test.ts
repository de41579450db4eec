import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import workerConfig from '../../vite.worker.config.ts'
import { uploadedWorker } from './launch.ts'

it('the Worker has at most 90 kB gzipped, all of its modules together', async () => {
  const modules = Object.entries(await uploadedWorker())
  expect(modules.map(([name]) => name)).toContain('workerd.js')
  expect(modules.reduce((sum, [, code]) => sum + gzipSync(code, { level: 9 }).length, 0)).toBeLessThanOrEqual(90_000)
})

it('wrangler uploads what that build makes, as it is', () => {
  const toml = readFileSync(join(import.meta.dirname, '../../wrangler.toml'), 'utf8')
  expect(toml).toMatch(/^main = "dist\/worker\/workerd\.js"\nno_bundle = true$/m)
  expect(toml).toContain('command = "npm run build:worker && ')
  expect(workerConfig.build).toMatchObject({ outDir: 'dist/worker', ssr: 'worker/workerd.ts' })
})
