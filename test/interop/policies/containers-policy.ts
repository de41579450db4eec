/**
 * containers-policy.json as podman's own library reads it, against what `sealdex policy import` makes of it: whatever ours allows, theirs allows; what theirs
 * allows and ours does not is told by name. An import that is refused is an answer too.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checks } from '../checks.ts'
import { SIG_FLAGS } from '../cosign-keys.ts'
import type { Surroundings } from '../matrix.ts'
import { findPolicyContext } from '../peers.ts'
import { mustRun, run, sealdex, troubleOf } from '../process.ts'
import { pushNewImage } from '../push.ts'

interface Image {
  readonly label: string
  readonly reference: string
}

interface Of {
  readonly checks: Checks
  /** Path of the program that judges as podman does. */
  readonly judge: string
  readonly images: readonly Image[]
  readonly home: string
  readonly env: Readonly<Record<string, string>>
}

interface Rule {
  readonly label: string
  readonly requirements: readonly object[]
  /** The default is for everything; else for this repository. */
  readonly scope?: string
}

export async function checkContainersPolicy(checks: Checks, { peers, hosts, folder, env: plain }: Surroundings): Promise<void> {
  const env = { ...plain, COSIGN_PASSWORD: 'test-password' }
  const home = join(folder, 'containers-policy')
  await mkdir(join(home, 'registries.d'), { recursive: true })
  await writeFile(join(home, 'registries.d', 'default.yaml'), 'default-docker:\n  use-sigstore-attachments: true\n')
  const [ours, other] = [join(home, 'ours'), join(home, 'other')]
  for (const prefix of [ours, other]) await mustRun(sealdex(['keygen', '--output-key-prefix', prefix], { env }))
  const host = hosts['docker-registry']
  const sign = (prefix: string, reference: string, ...more: readonly string[]): Promise<unknown> => mustRun(run(peers.cosign, ['sign', '--recursive', '--key', `${prefix}.key`, ...SIG_FLAGS, ...more, reference], { env }))
  const images = await pushAll(host, { ours, other, sign })
  const keyData = async (prefix: string): Promise<string> => (await readFile(`${prefix}.pub`)).toString('base64')
  const judge = await findPolicyContext()
  const rules = rulesFor(host, { type: 'sigstoreSigned', keyData: await keyData(ours) }, { type: 'sigstoreSigned', keyData: await keyData(other) })
  for (const [i, rule] of rules.entries()) {
    const file = join(home, `policy-${i}.json`)
    const { scope } = rule
    await writeFile(file, JSON.stringify(scope === undefined ? { default: rule.requirements } : { default: [{ type: 'reject' }], transports: { docker: { [scope]: rule.requirements } } }))
    await compare({ checks, judge, images, home, env }, rule, file)
  }
}

/** Signed by the key, by another, by both, under its name, under another, with its tag, with another, by nobody. */
async function pushAll(host: string, { ours, other, sign }: { readonly ours: string; readonly other: string; readonly sign: (prefix: string, reference: string, ...more: readonly string[]) => Promise<unknown> }): Promise<readonly Image[]> {
  const images: Image[] = []
  const add = async (label: string, name: string): Promise<string> => {
    const reference = `${host}/policies/${name}`
    images.push({ label, reference })
    await pushNewImage(host, `policies/${name.split(':')[0] ?? ''}`, name.split(':')[1] ?? '')
    return reference
  }
  const identity = (name: string): string => `--sign-container-identity=${host}/policies/${name}`
  await sign(ours, await add('signed', 'app:signed'))
  await sign(other, await add('signed by another key', 'app:other'))
  const both = await add('signed by both keys', 'app:both')
  await sign(ours, both)
  await sign(other, both)
  await sign(ours, await add('signed with its tag', 'app:tagged'), identity('app:tagged'))
  await sign(ours, await add('signed with another tag', 'app:wrong'), identity('app:tagged'))
  await sign(ours, await add('signed under another name', 'mirror/app:signed'), identity('app'))
  await sign(ours, await add('signed under another name, with the tag', 'mirror/app:tagged'), identity('app:tagged'))
  await add('not signed', 'app:unsigned')
  return images
}

interface Signed {
  readonly type: 'sigstoreSigned'
  readonly keyData: string
}

function rulesFor(host: string, signed: Signed, byOther: Signed): readonly Rule[] {
  const as = (signedIdentity: object, label: string, scope?: string): Rule => ({ label, requirements: [{ ...signed, signedIdentity }], ...(scope !== undefined && { scope }) })
  const [app, mirror] = [`${host}/policies/app`, `${host}/policies/mirror/app`]
  return [
    { label: 'reject', requirements: [{ type: 'reject' }] },
    { label: 'no identity said', requirements: [signed] },
    as({ type: 'matchExact' }, 'matchExact'),
    as({ type: 'matchRepoDigestOrExact' }, 'matchRepoDigestOrExact'),
    as({ type: 'matchRepository' }, 'matchRepository'),
    as({ type: 'matchRepository' }, 'matchRepository, for one repository', app),
    as({ type: 'matchRepository' }, 'matchRepository, for a folder of repositories', `${host}/policies`),
    as({ type: 'matchRepository' }, 'matchRepository, for a host', host),
    as({ type: 'exactRepository', dockerRepository: app }, 'exactRepository'),
    as({ type: 'exactReference', dockerReference: `${app}:tagged` }, 'exactReference'),
    as({ type: 'remapIdentity', prefix: mirror, signedPrefix: app }, 'remapIdentity', mirror),
    { label: 'two keys', requirements: [signed, byOther].map((one) => ({ ...one, signedIdentity: { type: 'matchRepository' } })) },
    { label: 'one of two keys', requirements: [{ type: 'sigstoreSigned', keyDatas: [signed.keyData, byOther.keyData], signedIdentity: { type: 'matchRepository' } }] },
    { label: 'reject beside a key', requirements: [{ ...signed, signedIdentity: { type: 'matchRepository' } }, { type: 'reject' }] },
  ]
}

async function compare({ checks, judge, images, home, env }: Of, { label }: Rule, file: string): Promise<void> {
  const [imported, judged] = await Promise.all([sealdex(['policy', 'import', file], { env }), run(judge, [file, join(home, 'registries.d'), ...images.map(({ reference }) => reference)], { env })])
  if (judged.code !== 0) throw new Error(troubleOf(judged))
  const own = `${file}.sealdex`
  await writeFile(own, imported.stdout)
  const counts = { both: 0, neither: 0, stricter: [] as string[], weaker: [] as string[] }
  for (const image of images) {
    const theirs = new RegExp(`^(allow|deny) ${image.reference}\\b`, 'm').exec(judged.stdout)?.[1]
    if (theirs === undefined) throw new Error(`${image.label} was not judged:\n${judged.stdout}`)
    const allowed = imported.code === 0 && await allows(image.reference, own, env)
    if (theirs === 'allow' && !allowed) counts.stricter.push(image.label)
    else if (theirs === 'deny' && allowed) counts.weaker.push(image.label)
    else counts[allowed ? 'both' : 'neither'] += 1
  }
  const said = imported.code === 0 ? '' : `; the import is refused: ${imported.stderr.replace(/^.*?: The/s, 'The').trim().slice(0, 160)}`
  const stricter = counts.stricter.length === 0 ? '' : `; allowed by podman's library only: ${counts.stricter.join(', ')}`
  checks.check(`${label}: ${counts.both} allowed by both, ${counts.neither} by neither${stricter}${said}`, counts.weaker.length === 0 ? null : `allowed by sealdex only: ${counts.weaker.join(', ')}\n${judged.stdout}`)
}

async function allows(reference: string, policy: string, env: Of['env']): Promise<boolean> {
  const judged = await sealdex(['verify', reference, '--policy', policy, '--platform', 'linux/amd64'], { env })
  if (judged.code > 1) throw new Error(troubleOf(judged))
  return judged.code === 0
}
