/** docs/compatibility.md, out of one run of the matrix. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crossing } from './checks.ts'
import { CLIENTS } from './clients.ts'
import { LAYOUTS, REGISTRIES, type LayoutName, type RegistryName } from './expectations.ts'
import type { MatrixRow } from './matrix.ts'
import { raceSection } from './race/section.ts'
import type { RaceRow } from './race/others.ts'

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'compatibility.md')

export interface Measured {
  readonly rows: readonly MatrixRow[]
  readonly races: readonly RaceRow[]
  readonly crossings: readonly Crossing[]
  readonly versions: readonly string[]
  /** What becomes HOST and DIR. */
  readonly hosts: readonly string[]
  readonly folder: string
}

export async function writeCompatibility(measured: Measured): Promise<void> {
  await writeFile(FILE, `${page(measured).join('\n')}\n`)
}

/** That section alone, in the page as it is. */
export async function writeRaces(races: readonly RaceRow[]): Promise<void> {
  const before = await readFile(FILE, 'utf8')
  const [start, end] = [before.indexOf('## Races\n'), before.indexOf('## The failures and their texts\n')]
  await writeFile(FILE, `${before.slice(0, start < 0 ? end : start)}${raceSection(races).join('\n')}\n\n${before.slice(end)}`)
}

function page({ rows, races, crossings, versions, hosts, folder }: Measured): readonly string[] {
  const general = (text: string): string => generalised(text, hosts, folder)
  return [
    '# What survives: clients, layouts and registries',
    '',
    '<!-- Written by `npm run test:interop`; do not edit. -->',
    'Each cell is one run on loopback: an image with two platforms and an SBOM artifact is signed by `sealdex sign` in a layout, pulled or copied by a real',
    'client, and looked at where it arrived. A copy is **ok** if `sealdex verify` with the same key allows it there (under another name) and everything in its',
    'index can be fetched; a pull, if the linux/amd64 image is what arrived. **lost**: the same image, but `unsigned`. **other digest**: allowed, but the client',
    'rewrote the index on the way. **FAIL**: the client says no, with its exit status.',
    '',
    `Versions: ${versions.join(', ')}.`,
    ...REGISTRIES.flatMap((registry) => ['', `## ${TITLES[registry]}`, ...table(rows, registry)]),
    '',
    '## In short',
    '- `flat` survives every copy of the index. A copy of one platform only (`skopeo copy` without `--all`) leaves the index behind, and with it every signature; what it takes is the right image.',
    '- `nested` survives wherever nested indexes do: everywhere but in `skopeo copy --all`.',
    '- `detached` on a registry with the referrers API: `oras copy -r` or `regctl image copy --referrers`.',
    '- `detached` at the digest tag: `regctl image copy --digest-tags`, and not together with `--referrers`, which makes regctl leave the digest tag out. `oras copy -r` of the image fails.',
    '- skopeo 1.9.3 writes an index anew, without `artifactType`, if a descriptor in it says one: signatures of the platforms (`flat`) stay good, the digest of the index changes.',
    '',
    ...crossingSection(crossings, general),
    '',
    ...raceSection(races),
    '',
    '## The failures and their texts',
    '| client | layout | registry | text |',
    '|---|---|---|---|',
    ...rows.filter(({ outcome }) => outcome === 'fails').map(({ client, layout, registry, ran }) => `| ${client} | ${layout} | ${registry} | \`${cellText(general(lastLine(ran.stderr || ran.stdout)))}\` |`),
    '',
    '## The commands',
    '| what | command |',
    '|---|---|',
    '| sign | `sealdex sign HOST/app:v1 --key release.key --layout LAYOUT` |',
    '| verify a copy | `sealdex verify HOST/copy:v1 --key release.pub` |',
    '| verify a layout | `sealdex verify HOST/app:v1 --source layout:DIR/layout --key release.pub` |',
    ...CLIENTS.flatMap(({ name }) => {
      const row = rows.find(({ client }) => client === name)
      return row === undefined ? [] : [`| ${name} | \`${cellText(general(row.ran.command))}\` |`]
    }),
    '',
    '`cosign copy` is tried up to four times: on docker-registry a copy fails now and then (2 of 60 when it was counted), of unsigned images too: it seems to push a manifest before the blobs that it names.',
  ]
}

const TITLES: Readonly<Record<RegistryName, string>> = {
  'docker-registry': 'docker-registry 2.8.2: no referrers API, so `detached` stands at the digest tag',
  'olareg': 'olareg: with the referrers API, so `detached` is a referrer',
}

function table(rows: readonly MatrixRow[], registry: RegistryName): readonly string[] {
  const cell = (client: string, layout: LayoutName): string => {
    const row = rows.find((one) => one.client === client && one.layout === layout && one.registry === registry)
    if (row === undefined) return 'not measured'
    return { 'ok': 'ok', 'other digest': 'ok, other digest', 'lost': 'lost', 'fails': `FAIL (${row.ran.code})`, 'wrong': '**WRONG**' }[row.outcome]
  }
  return [
    `| client | ${LAYOUTS.join(' | ')} |`,
    `|---|${LAYOUTS.map(() => '---|').join('')}`,
    ...CLIENTS.map(({ name }) => `| ${name} | ${LAYOUTS.map((layout) => cell(name, layout)).join(' | ')} |`),
  ]
}

/** A line for what was signed and how; several subjects, keys or runs of one kind are one, and hold if all do. */
function crossingSection(crossings: readonly Crossing[], general: (text: string) => string): readonly string[] {
  const cell = (rows: readonly Crossing[], registry: RegistryName): string => {
    const there = rows.filter((row) => row.registry === registry)
    return there.length === 0 ? '–' : there.every(({ holds }) => holds) ? 'ok' : '**FAIL**'
  }
  const command = (text = ''): string => cellText(general(text))
  return [
    '## Signed by one, verified by another',
    '**ok**: it was signed (or exported) by the first command and verified by the second; **–**: not measured there.',
    '',
    `| what | ${REGISTRIES.join(' | ')} | signed with | verified with |`,
    '|---|---|---|---|---|',
    ...[...Map.groupBy(crossings, ({ what }) => what)].map(([what, rows]) => (
      `| ${what} | ${REGISTRIES.map((registry) => cell(rows, registry)).join(' | ')} | \`${command(rows[0]?.signed)}\` | \`${command(rows[0]?.verified)}\` |`
    )),
  ]
}

/** No port, folder, digest or cell number of one run. */
function generalised(text: string, hosts: readonly string[], folder: string): string {
  return hosts.reduce((changed, host) => changed.replaceAll(host, 'HOST'), text)
    .replaceAll(new RegExp(`${folder}/(cell-\\d+|podman|containerd)`, 'g'), 'DIR')
    .replaceAll(/cell-\d+/g, 'cell')
    .replaceAll(/HOST\/signed\/[\w-]+:v1/g, 'HOST/app:v1')
    .replaceAll(/HOST\/copied\/cell:v1/g, 'HOST/copy:v1')
    .replaceAll(new RegExp(`${folder}/`, 'g'), 'DIR/')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '…')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replace(/^(crane|oras|regctl|cosign|notation)-v[\d.]+/, '$1')
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.replace(/^time="[^"]*" /, '') ?? ''
}

/** Inside a cell of a table, between backticks. */
function cellText(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('`', "'")
}
