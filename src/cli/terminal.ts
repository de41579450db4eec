import { writeSync } from 'node:fs'
import type { Env } from './proxy.ts'

/** Colours and weights; each function gives its text back as it is where there is no colour. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
}

/** What a command prints to, and what it learns from its surroundings. Results go to `out`, everything else to `err`. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  readonly style: Style
  readonly columns: number
  /** A person is there to see progress, or to be asked for a password. */
  readonly interactive: boolean
  readonly env: Env
}

const ANSI = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const

function styleOf(coloured: boolean): Style {
  const wrap = ([on, off]: readonly [number, number]) => (text: string): string => (coloured && text !== '' ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  return { bold: wrap(ANSI.bold), dim: wrap(ANSI.dim), red: wrap(ANSI.red), green: wrap(ANSI.green), yellow: wrap(ANSI.yellow) }
}

/** Colour on a terminal only, and not where NO_COLOR (no-color.org), `TERM=dumb` or `--no-color` say otherwise. */
export function styleFor(stream: { readonly isTTY?: boolean }, env: Env, noColor: boolean): Style {
  return styleOf(stream.isTTY === true && !noColor && !env['NO_COLOR'] && env['TERM'] !== 'dumb')
}

const NARROWEST = 40
const WIDEST = 100

/** Terminals that do not know their width say 0. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  return Math.min(Math.max(columns === undefined || columns === 0 ? 80 : columns, NARROWEST), WIDEST)
}

/** The process's own terminal. Its writes fail in silence after the reader has gone (EPIPE): the exit status still counts. */
export function processTerminal(noColor: boolean): Terminal & { readonly lost: () => boolean } {
  let lost = false
  const gone = { out: false, err: false }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    gone.out = true
    // a pipe whose reader has enough is no fault; a full disk is
    if (error.code !== 'EPIPE') lost = true
  })
  process.stderr.on('error', () => {
    gone.err = true
  })
  return {
    out: (text) => void (gone.out || process.stdout.write(text)),
    err: (text) => void (gone.err || process.stderr.write(text)),
    style: styleFor(process.stdout, process.env, noColor),
    columns: columnsOf(process.stdout),
    interactive: process.stderr.isTTY === true && process.stdin.isTTY === true && process.env['TERM'] !== 'dumb',
    env: process.env,
    lost: () => lost,
  }
}

/** For the last words of a process that may not live until a stream is drained. */
export function lastWords(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // nobody listens
  }
}
