import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { utf8Decode } from '../../src/base/bytes.ts'
import type { Command } from '../../src/cli/command.ts'
import { NETWORK } from '../../src/cli/option.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { styleFor, type Terminal } from '../../src/cli/terminal.ts'
import { fileTufCache, tufCacheFor } from '../../src/cli/trusted-root-cache.ts'
import { TRUSTED_ROOT, trustedRootOf, type TrustedRootAnswer } from '../../src/cli/trusted-root.ts'
import { builtInTrustedRoot } from '../../src/index.ts'
import { NOW, testRepository, TRUSTED_ROOT as MIRRORED, type TestRepository } from '../sigstore/tuf/repository.ts'
import { folder } from './command.ts'

const COMMAND: Command = { name: 'test', summary: '', arguments: '', least: 0, most: 0, about: '', options: { ...TRUSTED_ROOT, ...NETWORK }, examples: [], run: async () => 0 }

interface Asked {
  readonly answer: TrustedRootAnswer
  readonly err: string
}

async function asked(args: readonly string[], env: Terminal['env'] = {}, now: number = NOW): Promise<Asked> {
  let err = ''
  const terminal: Terminal = { out: () => {}, err: (text) => void (err += text), style: styleFor({}, {}, false), columns: 80, interactive: false, env }
  return { answer: await trustedRootOf(parseCommandLine(COMMAND, args), terminal, { now }), err }
}

interface Served {
  readonly url: string
  stop(): Promise<void>
}

/** A mirror on loopback, stopped by the test. */
async function served({ files }: TestRepository): Promise<Served> {
  const server = createServer((request, response) => {
    const bytes = files.get((request.url ?? '').replace(/^\/tuf\//, ''))
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = (): Promise<void> => new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
  onTestFinished(stop)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tuf/`, stop }
}

function written(bytes: Uint8Array): string {
  const path = join(folder(), 'root.json')
  writeFileSync(path, bytes)
  return path
}

describe('--trusted-root, --tuf-mirror, --tuf-root', () => {
  it('none of them: the one that is built in, with the day it was taken', async () => {
    const { text, takenAt } = await builtInTrustedRoot()
    expect((await asked([])).answer).toEqual({ state: 'read', value: { text, from: 'built-in', takenAt, validUntil: null } })
  })

  it('a file', async () => {
    expect((await asked(['--trusted-root', written(MIRRORED)])).answer).toEqual({ state: 'read', value: { text: utf8Decode(MIRRORED), from: 'file', takenAt: null, validUntil: null } })
    await expect(asked(['--trusted-root', '/nowhere/root.json'])).rejects.toThrow('--trusted-root: /nowhere/root.json is not there.')
  })

  it('a mirror, kept for when there is no network', async () => {
    const repository = await testRepository()
    const [mirror, cache] = [await served(repository), folder()]
    const args = ['--tuf-mirror', mirror.url, '--tuf-root', written(repository.pinned)]
    const expected = { text: utf8Decode(MIRRORED), takenAt: null, validUntil: NOW + 86_400 }
    expect(await asked(args, { XDG_CACHE_HOME: cache })).toEqual({ answer: { state: 'read', value: { ...expected, from: 'mirror' } }, err: '' })
    await mirror.stop()
    expect((await asked(args, { XDG_CACHE_HOME: cache })).answer).toEqual({ state: 'read', value: { ...expected, from: 'cache' } })
    expect((await asked(args, { XDG_CACHE_HOME: cache }, NOW + 86_400)).answer).toMatchObject({ state: 'failed', code: 'trust-root-expired' })
    expect((await asked(args)).answer).toMatchObject({ state: 'failed', code: 'unreachable' })
  })

  it('a mirror whose root does not follow on the one that is built in', async () => {
    const repository = await testRepository()
    repository.roles.root.signed.version = 16
    await repository.publishRoot()
    expect((await asked(['--tuf-mirror', (await served(repository)).url])).answer).toMatchObject({ state: 'failed', code: 'trust-root-invalid' })
  })

  it('a mirror where nothing can be kept counts all the same, and it is told once', async () => {
    const repository = await testRepository()
    const blocked = written(MIRRORED)
    const { answer, err } = await asked(['--tuf-mirror', (await served(repository)).url, '--tuf-root', written(repository.pinned)], { XDG_CACHE_HOME: blocked })
    expect(answer).toMatchObject({ state: 'read', value: { from: 'mirror' } })
    expect(err.match(/could not be kept/g)).toHaveLength(1)
  })

  it.each([
    [['--tuf-root', 'root.json'], /--tuf-root is what --tuf-mirror URL begins with/],
    [['--tuf-mirror', 'https://tuf.example', '--trusted-root', 'root.json'], /leave one of them out/],
    [['--tuf-mirror', 'http://tuf.example'], /--tuf-mirror: "http:\/\/tuf\.example" is no address of a mirror/],
    [['--tuf-mirror', 'https://tuf.example', '--tuf-root', '/nowhere/root.json'], /--tuf-root: \/nowhere\/root\.json is not there/],
  ])('%j is wrong use', async (args, told) => {
    await expect(asked(args)).rejects.toMatchObject({ name: 'UsageError', message: expect.stringMatching(told) })
  })
})

describe('the files of a TUF cache', () => {
  const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
  const fail = (): never => {
    throw new Error('trouble')
  }

  it('hold what was set, replace it, and lose it', async () => {
    const path = folder()
    const cache = fileTufCache(path, fail)
    expect(await cache.get('root/2')).toBeNull()
    await cache.delete('root/2')
    await cache.set('root/2', bytes('one'))
    await cache.set('root/2', bytes('two'))
    expect(utf8Decode(await cache.get('root/2') ?? bytes(''))).toBe('two')
    expect(readdirSync(path)).toEqual(['root%2F2'])
    expect(statSync(join(path, 'root%2F2')).mode & 0o077).toBe(0)
    await cache.delete('root/2')
    expect(await cache.get('root/2')).toBeNull()
  })

  it.each(['../../x', '..', '.', 'a/../../b', 'CON', 'x'.repeat(300), 'ü*?:"<>|'])('stay in their folder, whatever they are called: %s', async (name) => {
    const outer = folder()
    const inner = join(outer, 'a', 'b')
    await fileTufCache(inner, fail).set(name, bytes('x'))
    expect(readdirSync(outer)).toEqual(['a'])
    expect(readdirSync(join(outer, 'a'))).toEqual(['b'])
    expect(readdirSync(inner)).toHaveLength(1)
    expect(utf8Decode(await fileTufCache(inner, fail).get(name) ?? bytes(''))).toBe('x')
  })

  it('that are larger than anything kept are not read, nor folders', async () => {
    const path = folder()
    writeFileSync(join(path, 'timestamp'), new Uint8Array(5_000_001))
    mkdirSync(join(path, 'snapshot'))
    expect([await fileTufCache(path, fail).get('timestamp'), await fileTufCache(path, fail).get('snapshot')]).toEqual([null, null])
  })

  it.each([
    ['linux', { XDG_CACHE_HOME: 'X' }, 'X/sealdex/tuf'],
    ['linux', { HOME: 'X' }, 'X/.cache/sealdex/tuf'],
    ['darwin', { HOME: 'X' }, 'X/Library/Caches/sealdex/tuf'],
    ['win32', { LOCALAPPDATA: 'X' }, 'X/sealdex/tuf'],
  ])('stand in the user\'s cache folder on %s', async (platform, env, expected) => {
    const base = folder()
    const at = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('X', base)]))
    await tufCacheFor('https://tuf.example/a', at, fail, platform).set('timestamp', bytes('x'))
    expect(readFileSync(join(expected.replace('X', base), encodeURIComponent('https://tuf.example/a'), 'timestamp'), 'utf8')).toBe('x')
  })

  it('are none where no such folder is known', async () => {
    const cache = tufCacheFor('https://tuf.example', { XDG_CACHE_HOME: 'relative' }, fail, 'linux')
    await cache.set('timestamp', bytes('x'))
    expect(utf8Decode(await cache.get('timestamp') ?? bytes(''))).toBe('x')
    await cache.delete('timestamp')
    expect(await cache.get('timestamp')).toBeNull()
  })
})
