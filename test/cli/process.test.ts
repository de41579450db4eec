import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { failureOf } from '../../src/cli/failure.ts'
import { withProgress } from '../../src/cli/progress.ts'
import { columnsOf, styleFor, type Terminal } from '../../src/cli/terminal.ts'
import { folder, fromCase, sealdex } from './command.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const LAUNCHER = join(ROOT, 'bin', 'sealdex.js')
const VERIFY = ['verify', ...fromCase('cosign-sig-index')]

describe('colour', () => {
  test.each([
    [{ isTTY: true }, {}, false, true],
    [{ isTTY: true }, { TERM: 'xterm', NO_COLOR: '' }, false, true],
    [{}, {}, false, false],
    [{ isTTY: false }, { TERM: 'xterm' }, false, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false, false],
    [{ isTTY: true }, { TERM: 'dumb' }, false, false],
    [{ isTTY: true }, {}, true, false],
  ])('%j, %j, --no-color %s: %s', (stream, env, noColor, coloured) => {
    expect(styleFor(stream, env, noColor).red('x')).toBe(coloured ? '\x1b[31mx\x1b[39m' : 'x')
  })

  test('none in a pipe', async () => {
    const { out, err } = await sealdex(VERIFY, { env: { TERM: 'xterm-256color' } })
    expect(out + err).not.toContain('\x1b')
  })
})

describe('the process', () => {
  test('a reader that goes away is no fault, and the status still counts', async () => {
    const child = spawn(process.execPath, [join(ROOT, 'src', 'cli', 'main.ts'), ...VERIFY], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const status = await new Promise((resolve) => child.on('close', resolve))
    expect({ status, err }).toEqual({ status: 0, err: '' })
  })

  test('a result that could not be written is no success', async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [join(ROOT, 'src', 'cli', 'main.ts'), ...VERIFY], { stdio: ['ignore', full, 'pipe'] })
    closeSync(full)
    let err = ''
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const status = await new Promise((resolve) => child.on('close', resolve))
    expect({ status, err }).toEqual({ status: 3, err: expect.stringContaining('could not be written') as string })
  })

  test('bin/sealdex.js starts it out of the checkout, from any folder, on an old Node too', async () => {
    const started = await sealdex(VERIFY, { cwd: folder(), program: [process.execPath, LAUNCHER] })
    expect(started).toMatchObject({ status: 0, err: '', out: expect.stringMatching(/^ALLOW/) as string })
    expect((await sealdex(['verify'], { program: [process.execPath, LAUNCHER] })).status).toBe(2)
    expect((await sealdex(['--version'], { program: [process.execPath, LAUNCHER] })).out).toMatch(/^sealdex \d+\.\d+\.\d+\n$/)
  })
})

describe('failures', () => {
  test('an exception that nobody foresaw: one sentence, no stack, exit status 3', () => {
    const { status, text } = failureOf(new TypeError('x is not a function'), false)
    expect(status).toBe(3)
    expect(text).toBe('Something went wrong inside sealdex (TypeError: x is not a function); nothing was decided. SEALDEX_DEBUG=1 shows where, for a report.')
    expect(failureOf(new TypeError('x'), true).text).toContain('process.test.ts')
    expect(failureOf('a string', false).status).toBe(3)
  })
})

test.each([[undefined, 80], [0, 80], [20, 40], [72, 72], [300, 100]])('a terminal of %s columns is written to as one of %i', (columns, expected) => {
  expect(columnsOf(columns === undefined ? {} : { columns })).toBe(expected)
})

describe('progress', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  function watched(interactive: boolean): { readonly terminal: Terminal; readonly said: string[] } {
    const said: string[] = []
    return { said, terminal: { out: () => {}, err: (text) => void said.push(text), style: styleFor({}, {}, false), columns: 40, interactive, env: {} } }
  }

  test.each([[true, 1_500, true], [true, 900, false], [false, 5_000, false]])('a person at the terminal: %s, after %i ms: %s', async (interactive, milliseconds, shown) => {
    vi.useFakeTimers()
    const { terminal, said } = watched(interactive)
    const done = withProgress(terminal, 'Reading registry.example/app', () => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)))
    await vi.advanceTimersByTimeAsync(milliseconds)
    await done
    expect(said.some((text) => text.includes('Reading registry.example/app … 1 s'))).toBe(shown)
    // and is taken away
    if (shown) expect(said.at(-1)).toBe('\r\x1b[2K')
  })
})
