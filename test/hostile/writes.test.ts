import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { SealdexError } from '../../src/base/errors.ts'
import type { Signer } from '../../src/crypto/private-key.ts'
import { attach } from '../../src/edit/attach.ts'
import { attest } from '../../src/edit/attest.ts'
import { exportSignatures } from '../../src/edit/export.ts'
import { signList } from '../../src/edit/list.ts'
import { prune } from '../../src/edit/prune.ts'
import { sign } from '../../src/edit/sign.ts'
import { digestTag } from '../../src/oci/place.ts'
import type { Fetch } from '../../src/source/fetch.ts'
import { registry } from '../../src/source/registry.ts'
import { createRegistry } from '../../demo/registry/app.ts'
import { instantTiming } from '../edit/clock.ts'
import { AT, bench, NAME, REPOSITORY, signer, type Bench } from '../edit/fixture.ts'
import { judgedBy, policyOf } from '../edit/judged.ts'
import { makeParty } from '../notation/kit.ts'
import { pem } from '../sigstore/kit/keys.ts'

// waits of uploads are real ones
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0))
afterEach(() => void vi.restoreAllMocks())

const REF = `${REPOSITORY}:v1`
type Source = Bench['source']
type Fault = (ask: () => Promise<Response>) => Promise<Response>

const FAULTS: Readonly<Record<string, { readonly fault: Fault; readonly codes: readonly string[] }>> = {
  'a broken connection': { fault: () => Promise.reject(new TypeError('broken')), codes: ['unreachable'] },
  'an answer that is lost after the work is done': { fault: async (ask) => Promise.reject(await ask()), codes: ['unreachable'] },
  '503': { fault: async () => new Response('<html>', { status: 503 }), codes: ['registry-error'] },
  '429': { fault: async () => new Response(null, { status: 429, headers: { 'retry-after': '86400' } }), codes: ['rate-limited'] },
  '507': { fault: async () => new Response(null, { status: 507 }), codes: ['registry-full', 'registry-error'] },
}

const common = (source: Source): { readonly source: Source; readonly timing: ReturnType<typeof instantTiming> } => ({ source, timing: instantTiming() })

/** One certificate for each key, valid around the time of signing. */
const certificates = new Map<string, string>()
function certificatesOf({ publicKey: { spki, keyId } }: Signer): string {
  const times = { notBefore: AT - 60, notAfter: AT + 60 }
  const known = certificates.get(keyId) ?? makeParty('writer', { leaf: { spki, ...times }, root: times }).chain.map((der) => pem('CERTIFICATE', der)).join('')
  certificates.set(keyId, known)
  return known
}

const exporting = { at: new Date(AT * 1000) }

const OPERATIONS: Readonly<Record<string, (source: Source, key: Signer) => Promise<unknown>>> = {
  sign: (source, key) => sign(REF, { ...common(source), signer: key, at: AT }),
  attach: (source, key) => attach(REF, { ...common(source), content: utf8Encode('file'), artifactType: 'text/plain', signer: key, at: AT }),
  attest: (source, key) => attest(REF, { ...common(source), predicate: utf8Encode('{}'), type: 'https://example.com/p', signer: key, at: AT }),
  list: (source, key) => signList(REF, { ...common(source), signer: key, at: AT + 60 }),
  'export to a bundle': (source, key) => exportSignatures(REF, { ...common(source), ...exporting, to: 'bundle', signer: key }),
  'export to notation': (source, key) => exportSignatures(REF, { ...common(source), ...exporting, to: 'notation', signer: key, certificates: certificatesOf(key) }),
  prune: (source, key) => prune(REF, { ...common(source), policy: policyOf([key]), at: new Date(AT * 1000) }),
}

/** A registry that goes down at its nth write and stays down; reads go on. */
function downAfter(at: Bench, server: object, writes: number, fault: Fault): { readonly source: Source; readonly struck: () => boolean } {
  const { app } = createRegistry({ ...server, store: at.store })
  let [seen, struck] = [0, false]
  const fetch: Fetch = async (url, init) => {
    const ask = async (): Promise<Response> => app.fetch(new Request(url, { ...init, duplex: 'half' } as RequestInit))
    const isWrite = !['GET', 'HEAD'].includes(init.method ?? 'GET')
    if (!isWrite || ++seen <= writes) return ask()
    struck = true
    return fault(ask)
  }
  return { source: registry({ fetch }), struck: () => struck }
}

/** What is named by the tag, the list of referrers or the digest tag, and what that names, is all there. */
function dangling({ store, image }: Bench): readonly string[] {
  const { manifests, blobs, tags } = store.repository(NAME)
  const open = [...tags.values(), ...[...manifests.values()].filter(({ facts }) => facts.subject === image.index.digest).map(({ digest }) => digest)]
  const seen = new Set<string>()
  const missing: string[] = []
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (seen.has(digest)) continue
    seen.add(digest)
    const found = manifests.get(digest)
    if (found === undefined) missing.push(digest)
    const json = JSON.parse(new TextDecoder().decode(found?.bytes ?? utf8Encode('{}'))) as { manifests?: { digest: string }[]; layers?: { digest: string }[]; config?: { digest: string } }
    open.push(...(json.manifests ?? []).map((entry) => entry.digest))
    missing.push(...[...(json.layers ?? []), ...(json.config === undefined ? [] : [json.config])].map((entry) => entry.digest).filter((blob) => !blobs.has(blob)))
  }
  return missing
}

/** A friend's signature and file, and a stranger's, for all to work on. */
async function seeded(server: object): Promise<{ readonly at: Bench; readonly friend: Signer; readonly other: Signer }> {
  const [at, friend, other] = [await bench(server), await signer(), await signer(1)]
  await at.sign(friend, { annotations: { first: 'yes' } })
  await at.sign(other)
  await attest(REF, { ...common(at.source), signer: other, predicate: utf8Encode('{}'), type: 'https://example.com/other', at: AT })
  return { at, friend, other }
}

async function standing(at: Bench, keys: readonly Signer[]): Promise<string> {
  const { subjects, attachments, completeness } = await judgedBy(at, keys, {}, { all: true })
  const signatures = subjects.flatMap(({ digest, signatures: all }) => all.map(({ state, signer: name, signed }) => `${digest} ${state} ${name ?? ''} ${JSON.stringify(signed?.annotations)}`))
  return [...new Set(signatures), ...new Set(attachments.map(({ type, standing: how }) => `${type} ${how}`)), completeness.state].sort().join('\n')
}

describe.each([['referrers', {}], ['the digest tag', { referrersApi: false }]] as const)('a registry with %s that fails in the middle', (_, server) => {
  describe.each(Object.keys(OPERATIONS))('of %s', (name) => {
    test.each(Object.entries(FAULTS))('%s: said, nothing half-written is referred to, and the same again completes it', async (__, { fault, codes }) => {
      const work = OPERATIONS[name] ?? expect.fail()
      const whole = await seeded(server)
      await work(whole.at.source, whole.friend)
      const wanted = await standing(whole.at, [whole.friend, whole.other])
      for (let writes = 0; ; writes++) {
        const { at, friend, other } = await seeded(server)
        const before = [...at.store.repository(NAME).tags]
        const broken = downAfter(at, server, writes, fault)
        const error: unknown = await work(broken.source, friend).then(() => null, (reason: unknown) => reason)
        if (!broken.struck()) break
        if (error !== null) {
          expect(error).toBeInstanceOf(SealdexError)
          expect(codes).toContain((error as SealdexError).code)
          expect((error as SealdexError).message).toMatch(/could not be reached|answered \d{3}/)
        }
        expect(dangling(at)).toEqual([])
        expect(at.store.manifest(NAME, 'v1')?.digest).toBe(at.image.index.digest)
        expect([...at.store.repository(NAME).tags].filter(([tag]) => tag !== digestTag(at.image.index.digest))).toEqual(before.filter(([tag]) => tag !== digestTag(at.image.index.digest)))
        await work(at.source, friend)
        expect(await standing(at, [friend, other])).toBe(wanted)
      }
    })
  })
})
