/** A private Sigstore out of its real programs, on free ports of loopback: Fulcio, a timestamp authority, Rekor v2, Rekor v1 on Trillian in memory, a CT log that only signs. */
import { writeFile } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { freePort, startDaemon } from '../daemon.ts'
import type { SigstorePeers } from '../peers.ts'
import { mustRun, run } from '../process.ts'
import { ACCOUNTS, ACTIONS } from './issuers.ts'
import { PASSWORD, type Material } from './material.ts'

export interface PrivateSigstore {
  readonly urls: Readonly<Record<'fulcio' | 'tsa' | 'rekor1' | 'rekor2', string>>
  readonly trustedRoot: string
  /** Signing configs: with which log, and whether with a timestamp. */
  readonly config: Readonly<Record<ConfigName, string>>
}

export type ConfigName = 'v2' | 'v1' | 'v1-stamped' | 'timestamp-alone'

interface Place {
  readonly peers: SigstorePeers
  readonly material: Material
  readonly folder: string
  readonly proxy: string
  readonly onClose: (close: () => Promise<void>) => void
}

const FULCIO = `# OIDC issuers
oidc-issuers:
  ${ACCOUNTS}: { issuer-url: ${ACCOUNTS}, client-id: sigstore, type: email }
  ${ACTIONS}: { issuer-url: ${ACTIONS}, client-id: sigstore, type: ci-provider, ci-provider: github-workflow }
ci-issuer-metadata:
  github-workflow:
    default-template-values: { url: "https://github.com" }
    subject-alternative-name-template: "{{.url}}/{{.job_workflow_ref}}"
    extension-templates:
      github-workflow-trigger: event_name
      github-workflow-sha: sha
      github-workflow-name: workflow
      github-workflow-repository: repository
      github-workflow-ref: ref
      build-signer-uri: "{{.url}}/{{.job_workflow_ref}}"
      build-signer-digest: job_workflow_sha
      runner-environment: runner_environment
      source-repository-uri: "{{.url}}/{{.repository}}"
      source-repository-digest: sha
      source-repository-ref: ref
      source-repository-identifier: repository_id
      source-repository-owner-uri: "{{.url}}/{{.repository_owner}}"
      source-repository-owner-identifier: repository_owner_id
      build-config-uri: "{{.url}}/{{.workflow_ref}}"
      build-config-digest: workflow_sha
      build-trigger: event_name
      run-invocation-uri: "{{.url}}/{{.repository}}/actions/runs/{{.run_id}}/attempts/{{.run_attempt}}"
      source-repository-visibility-at-signing: repository_visibility
`

export async function startSigstore(place: Place): Promise<Omit<PrivateSigstore, 'trustedRoot' | 'config'>> {
  const { peers, material: { file }, folder } = place
  const port = (await ports(11)).map(String) as readonly string[]
  const [ct = '', fulcio = '', fulcioGrpc = '', fulcioMetrics = '', tsa = '', rekor2 = '', rekor2Grpc = '', rekor2Metrics = '', trillian = '', rekor1 = ''] = port
  const start = async (program: string, args: readonly string[], ready: () => Promise<boolean>, env: Readonly<Record<string, string>> = {}): Promise<void> => {
    place.onClose((await startDaemon(program, args, { ready, env })).close)
  }
  // of all the ports the one that cannot be chosen
  if (await connects('2112')()) throw new Error('Port 2112 is taken, where the timestamp authority has its metrics whatever it is told: end what listens there, and start again.')
  await writeFile(file('fulcio.yaml'), FULCIO)
  await start(peers.ctlog, ['-listen', `127.0.0.1:${ct}`, '-key', file('ct.key')], connects(ct))
  await start(peers.fulcio, [
    'serve', '--config-path', file('fulcio.yaml'), '--ca', 'fileca', '--fileca-cert', file('ca.pem'), '--fileca-key', file('ca.key'), '--fileca-key-passwd', PASSWORD, '--fileca-watch=false',
    `--ct-log-url=http://127.0.0.1:${ct}/log`, '--host', '127.0.0.1', '--port', fulcio, '--grpc-host', '127.0.0.1', '--grpc-port', fulcioGrpc, '--metrics-port', fulcioMetrics, '--legacy-unix-domain-socket', join(folder, 'fulcio.sock'),
  ], answers(`http://127.0.0.1:${fulcio}/api/v2/trustBundle`), { HTTPS_PROXY: place.proxy, SSL_CERT_FILE: file('tls.pem') })
  await start(peers['timestamp-server'], [
    'serve', '--host', '127.0.0.1', '--port', tsa, '--disable-ntp-monitoring', '--timestamp-signer', 'file', '--file-signer-key-path', file('tsa.key'), '--certificate-chain-path', file('tsa.pem'), '--timestamp-signer-hash', 'sha256', '--include-chain-in-response',
  ], answers(`http://127.0.0.1:${tsa}/ping`))
  await start(peers['rekor-tiles'], [
    'serve', '--http-address', '127.0.0.1', '--http-port', rekor2, '--grpc-port', rekor2Grpc, '--http-metrics-port', rekor2Metrics, '--hostname', REKOR2_ORIGIN, '--storage-dir', join(folder, 'rekor2'), '--signer-filepath', file('rekor2.key'),
    '--checkpoint-interval', '500ms', '--batch-max-age', '100ms', '--batch-max-size', '1',
  ], connects(rekor2))
  await start(peers.trillianmem, ['-listen', `127.0.0.1:${trillian}`], connects(trillian))
  await start(peers['rekor-server'], [
    'serve', '--rekor_server.address', '127.0.0.1', '--port', rekor1, '--trillian_log_server.address', '127.0.0.1', '--trillian_log_server.port', trillian, '--rekor_server.hostname', 'rekor.example.com', '--rekor_server.signer', file('rekor1.key'),
    '--enable_retrieve_api=false', '--log_type', 'prod',
  ], answers(`http://127.0.0.1:${rekor1}/ping`))
  const at = (number: string, path = ''): string => `http://127.0.0.1:${number}${path}`
  return { urls: { fulcio: at(fulcio), tsa: at(tsa, '/api/v1/timestamp'), rekor1: at(rekor1), rekor2: at(rekor2) } }
}

const REKOR2_ORIGIN = 'log2026-1.rekor.example.com'

/** `trusted_root.json` and signing configs, as cosign makes them. */
export async function writeTrust(cosign: string, { material: { file }, folder }: Place, { urls }: Pick<PrivateSigstore, 'urls'>): Promise<PrivateSigstore> {
  const start = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z')
  const trustedRoot = join(folder, 'trusted_root.json')
  await mustRun(run(cosign, [
    'trusted-root', 'create', '--out', trustedRoot, '--fulcio', `url=${urls.fulcio},certificate-chain=${file('ca.pem')}`, '--ctfe', `url=http://ctfe.example.com/log,public-key=${file('ct.pub')},start-time=${start}`,
    '--rekor', `url=https://rekor.example.com,public-key=${file('rekor1.pub')},start-time=${start}`, '--rekor', `url=https://${REKOR2_ORIGIN},public-key=${file('rekor2.pub')},start-time=${start},origin=${REKOR2_ORIGIN}`,
    '--tsa', `url=${urls.tsa},certificate-chain=${file('tsa.pem')}`,
  ]))
  const service = (url: string, version: number): string => `url=${url},api-version=${version},start-time=${start},operator=sealdex.example`
  const config = async (name: ConfigName, rekor: readonly string[], tsa: boolean): Promise<readonly [ConfigName, string]> => {
    const out = join(folder, `signing_config.${name}.json`)
    await mustRun(run(cosign, [
      'signing-config', 'create', '--out', out, '--fulcio', service(urls.fulcio, 1), '--oidc-provider', service(`${ACCOUNTS}/auth`, 1), ...rekor.flatMap((one) => ['--rekor', one]), ...(rekor.length > 0 ? ['--rekor-config', 'ANY'] : []),
      ...(tsa ? ['--tsa', service(urls.tsa, 1), '--tsa-config', 'ANY'] : []),
    ]))
    return [name, out]
  }
  const [one, two] = [[service(urls.rekor1, 1)], [service(urls.rekor2, 2)]]
  const configs = [await config('v2', two, true), await config('v1', one, false), await config('v1-stamped', one, true), await config('timestamp-alone', [], true)]
  return { urls, trustedRoot, config: Object.fromEntries(configs) as PrivateSigstore['config'] }
}

/** Different ones: all are held until the last is known. */
async function ports(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) found.add(await freePort())
  return [...found]
}

function answers(url: string): () => Promise<boolean> {
  return async () => (await fetch(url).catch(() => null))?.ok === true
}

function connects(port: string): () => Promise<boolean> {
  return () => new Promise((resolve) => {
    const socket = net.connect(Number(port), '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
