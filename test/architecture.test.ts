import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { violations, type Sources } from './architecture.ts'

const ROOT = join(import.meta.dirname, '..')

function sources(): Map<string, string> {
  const files = new Map<string, string>()
  for (const folder of ['src', 'worker', 'web', 'demo', 'bench', 'test']) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && entry.name.endsWith('.ts') && !path.includes('/fixtures/')) files.set(path.slice(ROOT.length + 1), readFileSync(path, 'utf8'))
    }
  }
  return files
}

describe('the house', () => {
  it('keeps its rules', () => {
    expect(violations(sources())).toEqual([])
  })

  // each of these was seen to be found, so that the test above can fail
  const breaks: readonly [string, Sources, string][] = [
    ['a floor that uses one above', new Map([['src/base/x.ts', "import { verify } from '../verify/verify.ts'\n"]]), 'not below it'],
    ['form on source', new Map([['src/form/x.ts', "import type { Source } from '../source/source.ts'\n"]]), 'not below it'],
    ['the command line past the barrel', new Map([['src/cli/x.ts', "import { verify } from '../verify/verify.ts'\n"]]), 'src/index.ts alone'],
    ['the Worker past the barrel', new Map([['worker/x.ts', "import { verify } from '../src/verify/verify.ts'\n"]]), 'src/index.ts alone'],
    ['node in the core', new Map([['src/oci/x.ts', "import { readFile } from 'node:fs/promises'\n"]]), 'not for it'],
    ['noble outside of crypto', new Map([['src/verify/x.ts', "import { sha256 } from '@noble/hashes/sha2.js'\n"]]), 'not for it'],
    ['classic zod', new Map([['src/policy/x.ts', "import { z } from 'zod'\n"]]), 'not for it'],
    ['a package that nobody chose', new Map([['demo/x.ts', `const x = await import('left-pad')\n`]]), 'not for it'],
    ['a cycle', new Map([['src/oci/a.ts', "import { b } from './b.ts'\n"], ['src/oci/b.ts', "import { a } from './a.ts'\n"]]), 'cycle: src/oci/a.ts -> src/oci/b.ts -> src/oci/a.ts'],
    ['a file of 301 lines', new Map([['src/oci/long.ts', '\n'.repeat(301)]]), '301 lines'],
    ['a default export', new Map([['src/oci/x.ts', 'export default 1\n']]), 'default export'],
    ['a second barrel', new Map([['src/oci/x.ts', "export { a } from './a.ts'\n"]]), 'barrel'],
    ['Buffer in the core', new Map([['src/oci/x.ts', 'const x = Buffer.from([])\n']]), 'global of one runtime'],
    ['the clock in the core', new Map([['src/verify/x.ts', 'const now = Date.now()\n']]), 'reads the clock'],
  ]
  for (const [name, files, message] of breaks) {
    it(`finds ${name}`, () => {
      expect(violations(files).join('\n')).toContain(message)
    })
  }
})
