import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { layoutFilesAt } from '../../src/cli/layout-folder.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { writeTar } from '../../src/oci/tar.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { Guard } from '../../src/source/guarded.ts'
import { layoutSource } from '../../src/source/layout-source.ts'
import { layoutOf, named, pieces } from '../source/layout-fixture.ts'

test('one layout as a folder, a tar and a tar.gz', async () => {
  const home = mkdtempSync(join(tmpdir(), 'sealdex-layout-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const { image, index, objects } = await pieces()
  const content = layoutOf([named(image.index, 'v1')], objects)
  for (const [path, bytes] of content) {
    mkdirSync(dirname(join(home, 'folder', path)), { recursive: true })
    writeFileSync(join(home, 'folder', path), bytes)
  }
  writeFileSync(join(home, 'a.tar'), writeTar(content))
  writeFileSync(join(home, 'a.tar.gz'), gzipSync(writeTar(content)))
  for (const name of ['folder', 'a.tar', 'a.tar.gz']) {
    const source = await layoutSource(await layoutFilesAt(join(home, name)))
    const answer = await source.resolve(parseReference('registry.example/demo/app:v1'), new Guard())
    expect(answer).toMatchObject({ state: 'read', value: { object: { digest: index, bytes: image.index.bytes } } })
  }
})

test('what is not there, or too large', async () => {
  const home = mkdtempSync(join(tmpdir(), 'sealdex-layout-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  await expect(layoutFilesAt(join(home, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' })
  writeFileSync(join(home, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(home, 'index.json'), new Uint8Array(LIMITS.manifestBytes + 1))
  await expect(layoutSource(await layoutFilesAt(home))).rejects.toMatchObject({ code: 'too-large' })
})
