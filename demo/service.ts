import { loadTrustedRoot, parsePolicy, VERSION } from '../src/index.ts'
import { nodeFetch } from '../src/cli/net.ts'
import { createApp } from '../worker/app.ts'
import { settingsOf } from '../worker/node.ts'
import type { Seeds } from './seeds.ts'

/** Who may sign, to the demo's server: whoever made the images. */
export function demoPolicy({ images, files }: Seeds): object {
  const keys = [...new Set(images.flatMap((image) => image.keys))]
  const signers = [
    ...keys.map((name) => [name.replace(/\.pub$/, ''), { keys: [{ key: files.get(name) ?? '' }] }] as const),
    ...images.flatMap(({ keyless }) => (keyless === undefined ? [] : [['workflow', { identity: keyless.identity, issuer: keyless.issuer }] as const])),
  ]
  return { version: 1, policies: [{ name: 'demo', scopes: ['*'], signers: Object.fromEntries(signers) }] }
}

/** `sealdex serve` with the demo's policy and the page, which offers the images as examples; answers beside the registry, at its address. */
export async function demoService(seeds: Seeds): Promise<(request: Request) => Response | Promise<Response>> {
  const root = seeds.files.get('trusted_root.json')
  const settings = await settingsOf({
    host: '127.0.0.1',
    env: {},
    policy: await parsePolicy(JSON.stringify(demoPolicy(seeds))),
    ...(root !== undefined && { trustedRoot: await loadTrustedRoot(root) }),
    registry: ({ mayConnect }) => ({ fetch: nodeFetch({ env: {}, mayConnect }), userAgent: `sealdex/${VERSION}` }),
    log: () => {},
  })
  const examples = { bytes: new TextEncoder().encode(JSON.stringify(examplesOf(seeds))), type: 'application/json' }
  const app = createApp({ ...settings, asset: (path) => (path === '/examples.json' ? Promise.resolve(examples) : settings.asset(path)) })
  return (request) => app.fetch(request)
}

/** As web/examples.ts takes them. */
function examplesOf({ images, files }: Seeds): object[] {
  return images.map(({ about, reference, keys, keyless }) => ({
    about,
    reference,
    keys: keys.map((name) => `# ${name}\n${files.get(name) ?? ''}`),
    ...(keyless !== undefined && { identity: { identity: keyless.identity, issuer: keyless.issuer }, trustedRoot: files.get(keyless.trustedRoot) ?? '' }),
  }))
}
