import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serveRegistry, type ServedRegistry } from '../../demo/registry/serve.ts'
import { attach, layeredImage, type LayeredImage } from '../copy/images.ts'
import { readCase } from '../fixtures.ts'
import { conforms } from '../schemas.ts'
import { command, folder, keyFile, servedCase } from './command.ts'

interface Served {
  readonly registry: ServedRegistry
  readonly reference: string
  readonly image: LayeredImage
  readonly sbom: string
}

/** Layers that are streamed. */
async function served(layerBytes = 3_000_000): Promise<Served> {
  const registry = await serveRegistry()
  onTestFinished(() => registry.close().catch(() => {}))
  const image = await layeredImage(registry.store, layerBytes)
  const { digest: sbom } = await attach(registry.store, image.index, 'sbom')
  return { registry, reference: `${registry.host}/demo/app:v1`, image, sbom }
}

describe('sealdex copy', () => {
  test('registry to registry, layers streamed over sockets', async () => {
    const [from, to] = [await served(), await served(1)]
    const destination = `${to.registry.host}/mirror/app:2`
    const { status, out, err } = await command(['copy', from.reference, destination])
    expect([status, err]).toEqual([0, ''])
    expect(out).toContain(`COPIED  ${from.reference} to ${destination}`)
    expect(to.registry.store.blob('mirror/app', from.image.layers[1]?.digest ?? '')).toEqual(from.image.layers[1]?.bytes)
    expect(to.registry.store.manifest('mirror/app', from.sbom)).not.toBeNull()
    const again = await command(['copy', from.reference, destination, '--output', 'json'])
    conforms('copy.v1', JSON.parse(again.out))
    expect(JSON.parse(again.out)).toMatchObject({ before: from.image.index.digest, complete: true, notCarried: [], blobs: { copied: 0 } })
  })

  test('registry to folder to tar to folder to registry: every byte', async () => {
    const { registry, reference, image, sbom } = await served()
    const [first, tar, second] = ['first', 'app.tar', 'second'].map((name) => join(folder(), name)) as [string, string, string]
    for (const [from, to] of [[reference, `layout:${first}:a`], [`layout:${first}`, `layout:${tar}:b`], [`layout:${tar}:b`, `layout:${second}`], [`layout:${second}:b`, `${registry.host}/back/app:v1`]] as const) {
      const { status, out, err } = await command(['copy', from, to])
      expect([status, err], out).toEqual([0, ''])
    }
    for (const digest of [image.index.digest, image.manifests[0]?.digest ?? '', sbom]) expect(registry.store.manifest('back/app', digest)?.bytes).toEqual(registry.store.manifest('demo/app', digest)?.bytes)
    expect(registry.store.blob('back/app', image.layers[0]?.digest ?? '')).toEqual(image.layers[0]?.bytes)
    // nothing is left of the way there
    expect(readdirSync(first).sort()).toEqual(['blobs', 'index.json', 'oci-layout'])
    expect(readdirSync(join(first, 'blobs/sha256')).filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([])
    expect(readdirSync(join(tar, '..'))).toEqual(['app.tar'])
  })

  test('a layout gets what it lacks and keeps what it has', async () => {
    const { reference, image } = await served(1_000)
    const path = folder()
    await command(['copy', reference, `layout:${path}:one`])
    const layer = join(path, 'blobs/sha256', image.layers[0]?.digest.slice(7) ?? '')
    // as a broken disk leaves it: the right size, other bytes
    writeFileSync(layer, new Uint8Array(1_000))
    const { status, out } = await command(['copy', reference, `layout:${path}:two`, '--output', 'json'])
    expect([status, JSON.parse(out)]).toMatchObject([0, { blobs: { copied: 1 } }])
    expect(new Uint8Array(readFileSync(layer))).toEqual(image.layers[0]?.bytes)
    const index = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')) as { manifests: { annotations?: Record<string, string> }[] }
    expect(index.manifests.flatMap(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? [])).toEqual(['one', 'two'])
  })

  test('with a key: the verdict before and after, and a warning when they differ', async () => {
    const { registry, reference } = await servedCase('cosign-sig-recursive')
    const key = ['--key', keyFile('cosign-sig-recursive', readCase('cosign-sig-recursive').keys?.[0] ?? '')]
    const same = await command(['copy', reference, `${registry.host}/other/app:v1`, ...key])
    expect([same.status, same.err]).toEqual([0, ''])
    expect(same.out).toContain('Verdict before: allow, after: allow')
    const policy = join(folder(), 'policy.json')
    const text = readFileSync(key[1] ?? '', 'utf8')
    writeFileSync(policy, JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: [`${registry.host}/demo/*`], signers: { a: { keys: [{ key: text }] } } }] }))
    const other = await command(['copy', reference, `${registry.host}/third/app:v1`, '--policy', policy, '--output', 'json'])
    expect(JSON.parse(other.out)).toMatchObject({ verdicts: { before: 'allow', after: 'deny' } })
    conforms('copy.v1', JSON.parse(other.out))
    expect(other.err).toContain('The verdict was allow before and is deny now')
  })

  test('exit status 3 and a list of what could not be carried', async () => {
    const { registry, reference, image } = await served(1_000)
    registry.store.repository('demo/app').blobs.delete(image.layers[1]?.digest ?? '')
    const to = join(folder(), 'out')
    const { status, out } = await command(['copy', reference, `layout:${to}`, '--output', 'json'])
    conforms('copy.v1', JSON.parse(out))
    expect([status, JSON.parse(out)]).toMatchObject([3, { complete: false, notCarried: [{ code: 'not-found' }, { code: 'not-found' }] }])
  })
})

describe('a destination in the file system', () => {
  test('a folder of blobs that is a link to elsewhere is not written into', async () => {
    const { reference } = await served(10)
    const [path, elsewhere] = [folder(), folder()]
    mkdirSync(join(path, 'blobs'))
    symlinkSync(elsewhere, join(path, 'blobs', 'sha256'))
    writeFileSync(join(path, 'index.json'), '{"schemaVersion":2,"manifests":[]}')
    writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    const { status, out } = await command(['copy', reference, `layout:${path}:a`])
    expect([status, readdirSync(elsewhere)]).toEqual([3, []])
    expect(out.replace(/\s+/g, ' ')).toContain('is a link that leads elsewhere')
  })

  test.each([
    ['a tar that is there', (path: string) => (writeFileSync(join(path, 'a.tar'), 'x'), `layout:${join(path, 'a.tar')}`), 'is there already'],
    ['a packed tar', (path: string) => `layout:${join(path, 'a.tar.gz')}`, 'name it .tar'],
    ['a folder of other things', (path: string) => (writeFileSync(join(path, 'notes.txt'), 'x'), `layout:${path}:t`), 'no image layout'],
    ['a digest', (path: string) => `layout:${join(path, 'b')}@sha256:${'0'.repeat(64)}`, 'a copy has the digest of what is copied'],
    ['nothing', () => 'layout:', 'its path is missing'],
  ] as const)('%s is wrong use', async (_, target, said) => {
    const { reference } = await served(10)
    const { status, err } = await command(['copy', reference, target(folder())])
    expect([status, err.replaceAll('\n', ' ')]).toEqual([2, expect.stringContaining(said)])
  })

  test('recorded evidence is no destination', async () => {
    const { reference } = await served(10)
    const tar = join(folder(), 'evidence.tar')
    await command(['evidence', reference, '-o', tar])
    const unpacked = folder()
    const { archiveFiles } = await import('../../src/index.ts')
    const files = await archiveFiles(new Uint8Array(readFileSync(tar)))
    for (const name of ['index.json', 'oci-layout']) writeFileSync(join(unpacked, name), (await files.get(name, 1_000_000)) ?? '')
    const { status, err } = await command(['copy', reference, `layout:${unpacked}:x`])
    expect([status, err]).toEqual([2, expect.stringContaining('recorded evidence')])
  })

  test('a source that is not there, or holds several', async () => {
    const { reference } = await served(10)
    const path = folder()
    expect(await command(['copy', `layout:${join(path, 'none')}`, reference])).toMatchObject({ status: 2 })
    await command(['copy', reference, `layout:${path}:one`])
    await command(['copy', reference, `layout:${path}:two`])
    const { status, err } = await command(['copy', `layout:${path}`, reference])
    expect([status, err]).toEqual([2, expect.stringContaining('holds several images')])
    expect(existsSync(join(path, 'index.json')) && statSync(path).isDirectory()).toBe(true)
  })
})
