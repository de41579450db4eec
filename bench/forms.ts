import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SIG_FLAGS } from '../test/interop/cosign-keys.ts'
import { startDockerRegistry } from '../test/interop/docker-registry.ts'
import { keysOf, partyOf, trust } from '../test/interop/notation.ts'
import { startOlareg } from '../test/interop/olareg.ts'
import { findNotation, findPeers, findSigstore } from '../test/interop/peers.ts'
import { mustRun, run, sealdex, type Ran } from '../test/interop/process.ts'
import { ACCOUNTS, ISSUERS, startIssuers } from '../test/interop/sigstore/issuers.ts'
import { makeMaterial } from '../test/interop/sigstore/material.ts'
import { startSigstore, writeTrust } from '../test/interop/sigstore/servers.ts'
import { randomFrom } from '../test/sigstore/kit/random.ts'
import { counted, type Cost } from './counted.ts'
import { startCountingProxy } from './counting-proxy.ts'
import { openBench, pushNewImage, signOurs, signSig } from './signed-images.ts'

// Each form, by tag: what `sealdex verify` asks of a registry, against the tool that writes it. Attestations are demanded by a policy; there the image is signed in its own index
// (`flat`), which costs no request, since a signature is always demanded too.
const PREDICATE = 'https://example.com/scan/v1'
const IDENTITY = 'ada@example.com'
const peers = await findPeers()
const notation = await findNotation()
const closing: (() => Promise<void>)[] = []
const registries = await Promise.all([startDockerRegistry(), startOlareg(peers.olareg)])
const bench = await openBench(registries)
const { folder, env, privateKey, publicKey } = bench
const notationConfig = join(folder, 'config-of-notation', 'notation')
const notationEnv = { ...env, XDG_CONFIG_HOME: join(notationConfig, '..') }
const BUNDLE_FLAGS = SIG_FLAGS.filter((flag) => !flag.startsWith('--new-bundle-format'))

/** One form: how an image gets it, and both ways to verify it. */
interface Form {
  readonly name: string
  readonly write: (host: string, repository: string) => Promise<unknown>
  readonly owner: string
  readonly theirs: (reference: string) => Promise<Ran>
  readonly ours: (reference: string) => Promise<Ran>
}

const cosign = (...args: string[]): Promise<Ran> => run(peers.cosign, args, { env })
const ours = (reference: string, ...more: string[]): Promise<Ran> => sealdex(['verify', reference, ...more], { env })

async function attestationForms(): Promise<readonly Form[]> {
  const [predicate, policy] = [join(folder, 'predicate.json'), join(folder, 'policy.json')]
  await writeFile(predicate, '{"passed":true}')
  await writeFile(policy, JSON.stringify({ version: 1, policies: [{
    name: 'p', scopes: ['*'], signers: { release: { keys: [{ key: await readFile(publicKey, 'utf8') }] } }, require: { attestations: [{ predicateType: PREDICATE, from: ['release'] }] },
  }] }))
  const form = (name: string, flags: readonly string[], verifyFlags: readonly string[]): Form => ({
    name,
    owner: `cosign verify-attestation${verifyFlags.map((flag) => ` ${flag}`).join('')}`,
    async write(host, repository) {
      await signOurs(host, repository, bench, 'flat')
      await mustRun(cosign('attest', '--key', privateKey, '--predicate', predicate, '--type', PREDICATE, ...flags, `${host}/${repository}:v1`))
    },
    theirs: (reference) => cosign('verify-attestation', '--key', publicKey, '--insecure-ignore-tlog=true', '--type', PREDICATE, ...verifyFlags, reference),
    ours: (reference) => ours(reference, '--policy', policy),
  })
  return [form('.att', SIG_FLAGS, ['--new-bundle-format=false']), form('.att, as by default', SIG_FLAGS, []), form('attestation as a bundle', BUNDLE_FLAGS, [])]
}

async function keylessForm(): Promise<Form> {
  const home = join(folder, 'sigstore')
  const material = await makeMaterial(join(home, 'material'), ISSUERS.map((issuer) => new URL(issuer).host))
  const issuers = await startIssuers(material, {})
  closing.push(issuers.close)
  const place = { peers: await findSigstore(), material, folder: home, proxy: issuers.proxy, onClose: (close: () => Promise<void>) => void closing.push(close) }
  const { config, trustedRoot } = await writeTrust(peers.cosign, place, await startSigstore(place))
  const token = join(home, 'token.jwt')
  const who = ['--certificate-identity', IDENTITY, '--certificate-oidc-issuer', ACCOUNTS, '--trusted-root', trustedRoot]
  return {
    name: 'bundle without a key',
    owner: 'cosign verify',
    async write(host, repository) {
      await writeFile(token, issuers.token({ iss: ACCOUNTS, sub: '1', email: IDENTITY, email_verified: true }), { mode: 0o600 })
      await mustRun(cosign('sign', '--yes', '--signing-config', config.v2, '--trusted-root', trustedRoot, '--identity-token', token, `${host}/${repository}:v1`))
    },
    theirs: (reference) => cosign('verify', ...who, '--use-signed-timestamps', reference),
    ours: (reference) => ours(reference, ...who),
  }
}

async function notationForm(): Promise<Form> {
  const verified = async (reference: string, work: () => Promise<Ran>): Promise<Ran> => {
    await trust(notationConfig, { scope: reference.replace(/:v1$/, ''), stores: ['ca:P-256'] })
    return work()
  }
  await keysOf(notationConfig, new Map([['P-256', partyOf('P-256', randomFrom('bench notation'))]]))
  return {
    name: "notation's JWS",
    owner: 'notation verify',
    write: (host, repository) => mustRun(run(notation, ['sign', '--insecure-registry', `--force-referrers-tag=${host === registries[0].host}`, '--key', 'P-256', `${host}/${repository}:v1`], { env: notationEnv })),
    theirs: (reference) => verified(reference, () => run(notation, ['verify', '--insecure-registry', reference], { env: notationEnv })),
    ours: (reference) => verified(reference, () => ours(reference, '--notation-config', notationConfig)),
  }
}

const byKey = (name: string, write: Form['write'], ...flags: string[]): Form => ({
  name,
  owner: ['cosign verify', ...flags].join(' '),
  write,
  theirs: (reference) => cosign('verify', '--key', publicKey, '--insecure-ignore-tlog=true', ...flags, reference),
  ours: (reference) => ours(reference, '--key', publicKey),
})

try {
  const forms = [
    byKey('.sig', (host, repository) => signSig(peers.cosign, host, repository, bench), '--new-bundle-format=false'),
    byKey('bundle by key', (host, repository) => mustRun(cosign('sign', '--key', privateKey, ...BUNDLE_FLAGS, `${host}/${repository}:v1`))),
    await keylessForm(),
    ...await attestationForms(),
    await notationForm(),
  ]
  const rows = [...await measure('docker-registry', registries[0].host, forms), ...await measure('olareg', registries[1].host, forms)]
  console.log('\n| registry | form | sealdex verify | its owner | |\n|---|---|---|---|---|')
  for (const row of rows) console.log(row)
} finally {
  for (const close of closing.toReversed()) await close()
  await bench.close()
}

async function measure(registry: string, host: string, forms: readonly Form[]): Promise<readonly string[]> {
  console.log(registry)
  const proxy = await startCountingProxy(host)
  const rows: string[] = []
  try {
    for (const [i, form] of forms.entries()) {
      const repository = `form-${i}`
      await pushNewImage(host, repository)
      await form.write(host, repository)
      const reference = `${proxy.host}/${repository}:v1`
      const us = await counted(proxy, `${form.name}: sealdex verify`, 0, () => form.ours(reference))
      const them = await counted(proxy, `${form.name}: ${form.owner}`, 0, () => form.theirs(reference))
      rows.push(`| ${registry} | ${form.name} | ${text(us)} | ${text(them)} | ${form.owner}${us.roundTrips > them.roundTrips ? ' **MORE**' : ''} |`)
    }
  } finally {
    await proxy.close()
  }
  return rows
}

function text({ requests, roundTrips }: Cost): string {
  return `${requests} in ${roundTrips} round trips`
}
