import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// npm run bench [NAME…]: each figure in a process of its own, one after another; ratios from one run, never asserted
const ALL = ['flat', 'many', 'requests', 'forms', 'process', 'bundle', 'fresh', 'keyless-image', 'http', 'page', 'copy', 'attach', 'size']
const wanted = process.argv.slice(2)
for (const name of ALL.filter((one) => wanted.length === 0 || wanted.includes(one))) {
  console.log(`\n== ${name}`)
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
