import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { askHelper } from '../../src/cli/credential-helper.ts'
import { dockerCredentials } from '../../src/cli/credentials.ts'

let home: string
let env: Record<string, string>

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sealdex-home-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  env = { HOME: home, PATH: `${home}:${process.env['PATH'] ?? ''}` }
})

function config(content: unknown, path = join(home, '.docker', 'config.json')): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
}

/** A program docker-credential-<name>; `$server` holds what it read. */
function helper(name: string, script: string): void {
  const path = join(home, `docker-credential-${name}`)
  writeFileSync(path, `#!/bin/sh\nread -r server\n${script}\n`)
  chmodSync(path, 0o755)
}

const auth = (pair: string): { auth: string } => ({ auth: btoa(pair) })
const kept = (registry: string) => dockerCredentials(env)(registry)

describe('auths', () => {
  test('by host, by URL, with identity token, in clear', async () => {
    config({ auths: { 'a.example': auth('ann:pass:word'), 'https://b.example/v2/': auth('bob:x'), 'c.example:5000': { auth: btoa('<token>:'), identitytoken: 'refresh' }, 'd.example': { username: 'dan', password: 'y' }, 'e.example': {} } })
    expect(await kept('a.example')).toEqual({ username: 'ann', password: 'pass:word' })
    expect(await kept('b.example')).toEqual({ username: 'bob', password: 'x' })
    expect(await kept('c.example:5000')).toEqual({ token: 'refresh' })
    expect(await kept('d.example')).toEqual({ username: 'dan', password: 'y' })
    for (const nothing of ['e.example', 'x.example', 'toString', '__proto__']) expect(await kept(nothing)).toBeNull()
  })

  test('docker.io stands under its old name', async () => {
    config({ auths: { 'https://index.docker.io/v1/': auth('hub:user') } })
    expect(await kept('docker.io')).toEqual({ username: 'hub', password: 'user' })
  })

  test('DOCKER_CONFIG, then podman\'s file', async () => {
    env = { ...env, DOCKER_CONFIG: join(home, 'other'), XDG_RUNTIME_DIR: join(home, 'run') }
    config({ auths: { 'a.example': auth('wrong:place') } })
    config({ auths: { 'a.example': auth('right:place') } }, join(home, 'other', 'config.json'))
    config({ auths: { 'a.example': auth('later:one'), 'b.example': auth('pod:man') } }, join(home, 'run', 'containers', 'auth.json'))
    expect(await kept('a.example')).toEqual({ username: 'right', password: 'place' })
    expect(await kept('b.example')).toEqual({ username: 'pod', password: 'man' })
  })

  test('no file at all', async () => {
    expect(await kept('a.example')).toBeNull()
    expect(await dockerCredentials({})('a.example')).toBeNull()
  })

  test.each([['{'], ['[]'], [JSON.stringify({ auths: { 'a.example': { auth: '***' } } })], [JSON.stringify({ auths: { 'a.example': { auth: btoa('nocolon') } } })]])('a broken file is told, not passed over: %s', async (content) => {
    config(content)
    await expect(kept('a.example')).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('config.json') })
  })
})

describe('helpers', () => {
  test('credHelpers for its registry, credsStore for the rest, auths where the store has nothing', async () => {
    helper('one', 'echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"one\\",\\"Secret\\":\\"for $server\\"}"')
    helper('all', '[ "$server" = b.example ] && { echo "credentials not found in native keychain"; exit 1; }\necho "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"id\\"}"')
    config({ credHelpers: { 'a.example': 'one' }, credsStore: 'all', auths: { 'b.example': auth('bob:x'), 'a.example': auth('not:this') } })
    expect(await kept('a.example')).toEqual({ username: 'one', password: 'for a.example' })
    expect(await kept('b.example')).toEqual({ username: 'bob', password: 'x' })
    expect(await kept('c.example')).toEqual({ token: 'id' })
  })

  test('docker.io is asked for under its old name', async () => {
    helper('all', 'echo "{\\"Username\\":\\"u\\",\\"Secret\\":\\"$server\\"}"')
    config({ credsStore: 'all' })
    expect(await kept('docker.io')).toEqual({ username: 'u', password: 'https://index.docker.io/v1/' })
  })

  test('each is asked once', async () => {
    helper('all', `echo x >> ${home}/calls; echo '{"Username":"u","Secret":"s"}'`)
    config({ credsStore: 'all' })
    const credentials = dockerCredentials(env)
    await Promise.all([credentials('a.example'), credentials('a.example')])
    await credentials('a.example')
    expect(readFileSync(join(home, 'calls'), 'utf8')).toBe('x\n')
  })

  test.each([
    ['fails', 'echo "the vault is locked" >&2; exit 2', 'failed for a.example'],
    ['prints no JSON', 'echo hello', 'something else'],
    ['prints other JSON', 'echo "[]"', 'something else'],
    ['prints without end', 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done', 'endlessly'],
  ])('one that %s is told', async (_, script, message) => {
    helper('all', script)
    config({ credsStore: 'all' })
    await expect(kept('a.example')).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining(message) })
  })

  test('one that is not there is told', async () => {
    config({ credsStore: 'nowhere' })
    await expect(kept('a.example')).rejects.toMatchObject({ message: expect.stringContaining('docker-credential-nowhere in PATH') })
  })

  test('one that hangs is ended', async () => {
    helper('slow', 'exec sleep 600')
    await expect(askHelper('slow', 'a.example', env, 200)).rejects.toMatchObject({ message: expect.stringContaining('did not answer') })
  })

  test('a name that is a path runs nothing', async () => {
    helper('evil', `touch ${home}/ran`)
    for (const name of ['../evil', 'x/../../evil', '/bin/sh', 'a b', '']) {
      await expect(askHelper(name, 'a.example', env)).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('not one of a program') })
    }
    expect(existsSync(join(home, 'ran'))).toBe(false)
  })
})
