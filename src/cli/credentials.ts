import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SealdexError, type Credential } from '../index.ts'
import type { Env } from './proxy.ts'

/** The key under which docker keeps what belongs to docker.io. */
const DOCKER_HUB = 'https://index.docker.io/v1/'

/**
 * What docker's or podman's `login` kept for a registry: `config.json` (in `DOCKER_CONFIG` or ~/.docker), then podman's `auth.json`. Per registry
 * `credHelpers`, then `credsStore`, then `auths`. Each file and helper is asked once. The answer is null where nothing is kept; it throws `unauthorized`
 * with what to do where a file or helper is broken.
 */
export function dockerCredentials(env: Env): (registry: string) => Promise<Credential | null> {
  const answers = new Map<string, Promise<Credential | null>>()
  let configs: Promise<readonly Config[]> | null = null
  return (registry) => {
    const answer = answers.get(registry) ?? (configs ??= readConfigs(env)).then((all) => firstOf(all, registry, env))
    answers.set(registry, answer)
    return answer
  }
}

/** The user's own file, read as loosely as docker reads it. */
type Fields = Readonly<Record<string, unknown>>

interface Config {
  readonly path: string
  readonly json: Fields
}

async function firstOf(configs: readonly Config[], registry: string, env: Env): Promise<Credential | null> {
  for (const config of configs) {
    const credential = await fromConfig(config, registry, env)
    if (credential !== null) return credential
  }
  return null
}

async function readConfigs(env: Env): Promise<readonly Config[]> {
  const home = env['HOME'] ?? env['USERPROFILE']
  const docker = env['DOCKER_CONFIG'] ?? (home === undefined ? undefined : join(home, '.docker'))
  const paths = [
    ...(docker === undefined ? [] : [join(docker, 'config.json')]),
    ...(env['REGISTRY_AUTH_FILE'] === undefined ? [] : [env['REGISTRY_AUTH_FILE']]),
    ...(env['XDG_RUNTIME_DIR'] === undefined ? [] : [join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json')]),
  ]
  return paths.map(readConfig).filter((config) => config !== null)
}

function readConfig(path: string): Config | null {
  const text = textAt(path)
  if (text === null) return null
  try {
    const json: unknown = JSON.parse(text)
    if (isFields(json)) return { path, json }
  } catch {
    // said below
  }
  throw broken(path, 'is not a JSON object')
}

function textAt(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    throw broken(path, 'could not be read')
  }
}

/** Starts a program, which most people's files do not ask for. */
async function ask(helper: string, server: string, env: Env): Promise<Credential | null> {
  const { askHelper } = await import('./credential-helper.ts')
  return askHelper(helper, server, env)
}

async function fromConfig(config: Config, registry: string, env: Env): Promise<Credential | null> {
  const keys = keysOf(registry)
  const helpers = config.json['credHelpers']
  const perRegistry = isFields(helpers) ? keys.map((key) => [key, helpers[key]] as const).find(([, helper]) => typeof helper === 'string') : undefined
  if (perRegistry !== undefined) return ask(String(perRegistry[1]), perRegistry[0], env)
  const store = config.json['credsStore']
  if (typeof store === 'string' && store !== '') {
    const stored = await ask(store, keys[0] ?? registry, env)
    if (stored !== null) return stored
  }
  const auths = config.json['auths']
  if (!isFields(auths)) return null
  const entry = keys.map((key) => auths[key]).find(isFields)
  return entry === undefined ? null : fromEntry(entry, config.path, registry)
}

/** The names under which a registry stands in the file: docker writes hosts, older ones wrote URLs. */
function keysOf(registry: string): readonly string[] {
  if (registry === 'docker.io') return [DOCKER_HUB, 'docker.io', 'index.docker.io', 'https://index.docker.io/v1', 'registry-1.docker.io']
  return [registry, `https://${registry}`, `https://${registry}/`, `http://${registry}`, `http://${registry}/`, `https://${registry}/v1/`, `https://${registry}/v2/`]
}

function fromEntry(entry: Fields, path: string, registry: string): Credential | null {
  const text = (name: string) => {
    const value = entry[name]
    return typeof value === 'string' && value !== '' ? value : null
  }
  const token = text('identitytoken')
  if (token !== null) return { token }
  const [username, password, auth] = [text('username'), text('password'), text('auth')]
  if (username !== null && password !== null) return { username, password }
  if (auth === null) return null
  const pair = decoded(auth)
  const colon = pair?.indexOf(':') ?? -1
  if (pair === null || colon < 1) throw broken(path, `holds an "auth" for ${registry} that is not base64 of name:password`)
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, '') }
}

/** Null for what is no base64; some tools leave out the padding. */
function decoded(auth: string): string | null {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(auth) ? Buffer.from(auth, 'base64').toString('utf8') : null
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function broken(path: string, why: string): SealdexError {
  return new SealdexError('unauthorized', `${path} ${why}: mend it, or run docker login again.`)
}
