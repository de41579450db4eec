import { describe, expect, it } from 'vitest'
import { condensed } from '../../web/core/condense.ts'
import { linkTo, readLink } from '../../web/link.ts'
import { readPasted } from '../../web/reference.ts'
import { readTrust } from '../../web/trust.ts'
import { inspect, openEvidence } from '../../src/index.ts'
import { layoutOf } from '../fixtures.ts'

describe('a reference as people paste it', () => {
  const written: readonly [string, string, string | null][] = [
    ['registry.example/app:1.2', 'registry.example/app:1.2', null],
    ['  nginx ', 'docker.io/library/nginx:latest', null],
    ['docker pull nginx:1.29', 'docker.io/library/nginx:1.29', null],
    ['$ sudo docker run -it --rm -p 80:80 --name web nginx:1.29 bash', 'docker.io/library/nginx:1.29', null],
    ['docker pull --platform=linux/arm64/v8 ghcr.io/acme/app', 'ghcr.io/acme/app:latest', 'linux/arm64/v8'],
    ['podman pull --platform linux/arm64 docker://ghcr.io/acme/app:2', 'ghcr.io/acme/app:2', 'linux/arm64'],
    ['skopeo inspect docker://ghcr.io/acme/app:2', 'ghcr.io/acme/app:2', null],
    ['docker buildx imagetools inspect ghcr.io/acme/app:2', 'ghcr.io/acme/app:2', null],
    ['sealdex verify --key release.pub ghcr.io/acme/app:2', 'ghcr.io/acme/app:2', null],
    ['FROM --platform=linux/amd64 ghcr.io/acme/app:2 AS build', 'ghcr.io/acme/app:2', 'linux/amd64'],
    ['image: "ghcr.io/acme/app:2"', 'ghcr.io/acme/app:2', null],
    ['oci://REGISTRY.example:443/charts/app', 'registry.example/charts/app:latest', null],
    ['`ghcr.io/acme/app:2`', 'ghcr.io/acme/app:2', null],
    ['“ghcr.io/acme/app:2”', 'ghcr.io/acme/app:2', null],
  ]
  for (const [text, canonical, platform] of written) {
    it(`${text} is ${canonical}`, () => {
      const read = readPasted(text)
      expect([read.reference.canonical, read.platform]).toEqual([canonical, platform])
    })
  }

  const refused: readonly [string, RegExp][] = [
    ['ghcr.іo/acme/app', /U\+0456.*Its host is really ghcr\.xn--o-evb\./],
    ['ghcr.io/acme/аpp', /not ASCII \(U\+0430\)/],
    ['ghcr.io/acme/app\u202e', /not ASCII \(U\+202E\)/],
    ['ghcr.io/acme/app other', /blank/],
    ['https://hub.docker.com/_/nginx', /address of a page/],
    ['docker pull', /without an image/],
    ['ghcr.io/Acme/app', /lower-case/],
    ['', /empty/],
  ]
  for (const [text, why] of refused) it(`T59: ${JSON.stringify(text)} is refused in words`, () => expect(() => readPasted(text)).toThrow(why))

  it('T59: punycode is shown as it is written, and said to be punycode', () => {
    const { reference, note } = readPasted('xn--ghcr-o5a.io/acme/app')
    expect(reference.canonical).toBe('xn--ghcr-o5a.io/acme/app:latest')
    expect(note).toContain('punycode')
  })
})

describe('what counts as trusted', () => {
  const PEM = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'
  const SSH = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID0nCBstSHgf9hIeznay8+BaiiXGTnj+p5YqPryriMyM me@here'

  it('takes apart PEM, JWK, SSH keys and lines of allowed_signers, in the order in which they stand', () => {
    const { trust, strange } = readTrust(`${SSH}\n# release.pub\n${PEM}\n\n{"kty":"OKP"}\n# people\ndev@example.org namespaces="file" ${SSH}\n`)
    expect(trust.keys).toEqual([{ name: 'key-1.pub', text: SSH }, { name: 'release.pub', text: PEM }, { name: 'key-3.pub', text: '{"kty":"OKP"}' }])
    expect(trust.allowedSigners).toBe(`dev@example.org namespaces="file" ${SSH}\n`)
    expect(strange).toEqual([])
  })

  it('gives no two keys one name, and none the name of another file of the command line', () => {
    const { trust } = readTrust(`# a.pub\n${PEM}\n# a.pub\n${PEM}\n# evidence.tar\n${PEM}\n# ../../x\n${PEM}`)
    expect(trust.keys.map(({ name }) => name)).toEqual(['a.pub', 'key-2.pub', 'key-3.pub', 'key-4.pub'])
  })

  it('names what it does not know', () => expect(readTrust(`hello there\n${PEM}`).strange).toEqual(['hello there']))
})

describe('a link', () => {
  it('reads back what was written, and is readable', () => {
    const linked = { reference: 'registry.example:5000/acme/app:1.2', platform: 'linux/arm64' }
    expect(linkTo(linked)).toBe('#ref=registry.example:5000/acme/app:1.2&platform=linux/arm64')
    expect(readLink(linkTo(linked))).toEqual(linked)
    expect(readLink('#ref=app')).toEqual({ reference: 'app', platform: null })
    expect(readLink('#other')).toBe(null)
  })
})

describe('what is drawn of thousands of signatures', () => {
  it('is bounded, and counts all', async () => {
    const inspection = await inspect('registry.example.com/demo/annotated-hash:v1', { source: await openEvidence(layoutOf('annotated-hash')) })
    const node = inspection.root?.children.find(({ signatures }) => signatures.length > 0)
    if (inspection.root === null || node === undefined) throw new Error('the fixture is signed')
    const many = Array.from({ length: 2_700 }, () => ({ ...node.signatures[0] }) as typeof node.signatures[0])
    const { inspection: short, signatures } = condensed({ ...inspection, root: { ...inspection.root, children: [{ ...node, signatures: many }] } })
    expect(short.root?.children[0]?.signatures.length).toBe(200)
    expect(signatures.found - signatures.shown).toBe(2_500)
  })
})
