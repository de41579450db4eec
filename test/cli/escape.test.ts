import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { buildImage, descriptorOf, objectOf, seedImage } from '../../demo/images.ts'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { printable, shortened } from '../../src/cli/escape.ts'
import { generateKey, registry, sign } from '../../src/index.ts'
import { command, folder } from './command.ts'

describe('printable', () => {
  test.each([
    ['plain text, ünïcode of Latin', 'plain text, ünïcode of Latin'],
    ['\x1b[31mred\x1b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['two\nlines\r\tand', 'two\\u{a}lines\\u{d}\\u{9}and'],
    ['\u202eright to left\u2066', '\\u{202e}right to left\\u{2066}'],
    ['gh\u0441r.io', 'gh\\u{441}r.io'],
    ['\u{1f600} \u200b \u{e0041}', '\\u{1f600} \\u{200b} \\u{e0041}'],
    ['\x7f\x9b1m', '\\u{7f}\\u{9b}1m'],
    ['\ud800', '\\u{d800}'],
    ['C:\\u{1b}', 'C:\\\\u{1b}'],
  ])('%j', (text, expected) => {
    expect(printable(text)).toBe(expected)
  })

  test('long text is cut', () => {
    expect(printable('x'.repeat(500), 10)).toBe(`${'x'.repeat(10)}…`)
  })

  test('digests are cut to 12 hex', () => {
    expect(shortened(`sha256:${'ab'.repeat(32)} and key:${'cd'.repeat(32)}, sha512:${'ef'.repeat(64)}`)).toBe('sha256:abababababab and key:cdcdcdcdcdcd, sha512:efefefefefef')
  })
})

/** T60: whatever a stranger wrote, nothing but printable characters and our own line breaks reach the terminal. */
test('no command lets a stranger move the cursor', async () => {
  const served = await serveRegistry()
  onTestFinished(() => served.close())
  const { store, host } = served
  const evil = '\x1b]0;owned\x07\x1b[2J\r\n\u202e✓ ALLOW'
  const image = await buildImage()
  await seedImage(store, 'demo/app', '1', image)
  const { signer, publicPem } = await generateKey()
  await sign(`${host}/demo/app:1`, { source: registry(), signer, layout: 'flat', annotations: { [`note${evil}`]: evil } })
  const stored = store.manifest('demo/app', '1')
  const index = JSON.parse(new TextDecoder().decode(stored?.bytes)) as { manifests: Record<string, unknown>[] }
  const sbom = await objectOf('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: `application/x${evil}`,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: image.index.digest, size: 2 },
    layers: [],
    subject: descriptorOf(image.index),
  })
  await store.putManifest('demo/app', sbom.digest, sbom.bytes, sbom.mediaType)
  index.manifests.push({ ...descriptorOf(sbom), annotations: { 'org.opencontainers.reference.type': `sbom${evil}`, 'org.opencontainers.reference.digest': image.index.digest } })
  index.manifests.push({ ...descriptorOf(image.manifests[0] ?? image.index), platform: { os: `linux${evil}`, architecture: evil } })
  const edited = await objectOf(image.index.mediaType, index)
  await store.putManifest('demo/app', '1', edited.bytes, edited.mediaType)
  const key = join(folder(), 'k.pub')
  writeFileSync(key, publicPem)
  for (const args of [['verify'], ['who'], ['tree'], ['resolve'], ['verify', '-a', `x=${evil}`], ['verify', `--platform=${evil}`], ['who', `--source=${evil}`], ['who', `--${evil}`], [evil]]) {
    const { out, err } = await command([...args, `${host}/demo/app:1`, ...(args[0] === 'resolve' ? [] : ['--key', key])])
    expect(out + err, args.join(' ')).not.toBe('')
    expect((out + err).replaceAll('\n', ''), args.join(' ')).toMatch(/^[\x20-\x7e✓✗·│├└─→…×]*$/)
    expect((out + err).split('\n').filter((line) => line.startsWith('✓ ALLOW'))).toEqual([])
  }
  // what was signed is shown, as it is
  expect((await command(['verify', `${host}/demo/app:1`, '--key', key])).out).toContain('note\\u{1b}]0;owned')
})
