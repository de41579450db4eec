import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createServer } from 'node:net'
import { folder, sealdex } from '../cli/command.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'demo', 'main.ts')

test.each(['SIGINT', 'SIGTERM'] as const)('npm start: a verdict for each image, the lines to try, and a clean end on %s', async (signal) => {
  const temporary = folder()
  const { status, out, err } = await sealdex([], {
    program: [process.execPath, MAIN],
    env: { PORT: '0', TMPDIR: temporary },
    onStart: (child) => {
      let seen = ''
      child.stdout?.on('data', (chunk: Buffer) => {
        seen += chunk.toString()
        if (/^Ready: /m.test(seen)) child.kill(signal)
      })
    },
  })
  expect({ status, err }).toEqual({ status: 0, err: '' })
  const verdicts = [...out.matchAll(/^(ALLOW|DENY|UNSIGNED|INDETERMINATE) {2}127\.0\.0\.1:\d+\/demo\/([a-z-]+):/gm)].map(([, outcome, name]) => `${name}: ${outcome}`)
  expect(verdicts).toEqual(['flat: ALLOW', 'detached: ALLOW', 'unsigned: UNSIGNED', 'tampered: DENY', 'shadowed: DENY', 'cosign-sig: ALLOW', 'keyless: ALLOW'])
  expect(out).toContain('Everything that would run is signed by release.pub and lead.pub.')
  expect(out).toContain('runtime-divergence')
  expect(out).toMatch(/Ready: http:\/\/127\.0\.0\.1:\d+ serves registry, API and page until Ctrl-C\.\n\nStopping\.\n$/)
  expect(readdirSync(temporary)).toEqual([])
})

test('the lines to try next work', async () => {
  const results: { line: string; status: number }[] = []
  await sealdex([], {
    program: [process.execPath, MAIN],
    env: { PORT: '0' },
    onStart: (child) => {
      let [seen, begun] = ['', false]
      child.stdout?.on('data', async (chunk: Buffer) => {
        seen += chunk.toString()
        if (begun || !/^Ready: /m.test(seen)) return
        begun = true
        for (const [, line = ''] of seen.matchAll(/^ {2}npx sealdex (.*)$/gm)) results.push({ line, status: (await sealdex(line.split(' '))).status })
        child.kill('SIGTERM')
      })
    },
  })
  expect(results.length).toBeGreaterThan(5)
  expect(results.filter(({ status }) => status !== 0)).toEqual([])
})

test('a port that is taken is told in a sentence', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? String(address.port) : ''
  const { status, err } = await sealdex([], { program: [process.execPath, MAIN], env: { PORT: port } })
  taken.close()
  expect(status).toBe(1)
  expect(err).toContain(`Port ${port} can not be listened on`)
  expect(await sealdex([], { program: [process.execPath, MAIN], env: { PORT: '5061' } })).toMatchObject({ status: 1, err: expect.stringContaining('Another PORT may help') as string })
  expect((await sealdex([], { program: [process.execPath, MAIN], env: { PORT: 'eighty' } })).err).toContain('PORT is a number')
})
