import { utf8Encode } from '../../base/bytes.ts'
import { SealdexError } from '../../base/errors.ts'
import * as LIMITS from '../../base/limits.ts'
import { quoted } from '../../base/quoted.ts'
import { digestOf, hexOf } from '../../crypto/digest.ts'
import type { TargetFile } from './fields.ts'
import { isDelegated, isTargetPath } from './paths.ts'
import type { Delegation, Root, Snapshot, Targets, Timestamp } from './roles.ts'
import { acceptTargets, hasHashes } from './rules.ts'
import type { TufSession } from './session.ts'
import { invalid, requireFresh, type TufDocument } from './signed.ts'

type Signer = Pick<Delegation, 'name' | 'role' | 'keys'>

const { targetsBytes, targetBytes, delegations } = LIMITS.tuf

/** A repository whose root, timestamp and snapshot were proved and are current. Methods throw `SealdexError`s. */
export class TufRepository {
  readonly rootVersion: number
  /** Seconds since 1970 until which all that was used holds; sooner once more was used. */
  validUntil: number
  readonly #session: TufSession
  readonly #root: TufDocument<Root>
  readonly #snapshot: TufDocument<Snapshot>
  readonly #read = new Map<string, TufDocument<Targets>>()

  constructor(session: TufSession, root: TufDocument<Root>, snapshot: TufDocument<Snapshot>, timestamp: TufDocument<Timestamp>) {
    this.#session = session
    this.#root = root
    this.#snapshot = snapshot
    this.rootVersion = root.version
    this.validUntil = Math.min(root.expires, snapshot.expires, timestamp.expires)
  }

  /** `cache` where the mirror could not be asked, or not for everything. */
  get from(): 'mirror' | 'cache' {
    return this.#session.failure === null ? 'mirror' : 'cache'
  }

  /** The targets of the top level. */
  topLevel(): Promise<TufDocument<Targets>> {
    const { keys, roles } = this.#root.content
    return this.#targets({ name: 'targets', role: roles.targets, keys })
  }

  /** The bytes of a target, with the length and the hashes that were signed; null if no role has it. */
  async target(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    if (!isTargetPath(path)) throw new SealdexError('bad-option', `${quoted(path)} is no path of a target.`)
    const file = await this.#find(path)
    return file === null ? null : this.#bytes(path, file)
  }

  /** 5.6.7: before what comes after, and each role once, so that delegations in a circle come to an end. */
  async #find(path: string): Promise<TargetFile | null> {
    const { keys, roles } = this.#root.content
    const visited = new Set<string>()
    // the next to ask stands last
    const open: Signer[] = [{ name: 'targets', role: roles.targets, keys }]
    for (let signer = open.pop(); signer !== undefined; signer = open.pop()) {
      if (visited.has(signer.name)) continue
      if (visited.size >= delegations) invalid(`More than ${delegations} roles would have to be asked for ${quoted(path)}.`)
      visited.add(signer.name)
      const { content } = await this.#targets(signer)
      const file = content.target(path)
      if (file !== null) return file
      const asked = await delegatedTo(content.delegations, path)
      // nobody else is asked after a terminating one
      if (asked.at(-1)?.terminating === true) open.length = 0
      open.push(...asked.reverse())
    }
    return null
  }

  async #targets(signer: Signer): Promise<TufDocument<Targets>> {
    const known = this.#read.get(signer.name)
    if (known !== undefined) return known
    const meta = this.#snapshot.content.meta.get(`${signer.name}.json`) ?? invalid(`The snapshot does not list the targets of ${quoted(signer.name)}.`)
    const kept = signer.name === 'targets' ? 'targets' : `delegated/${signer.name}`
    const same = await this.#session.cached(kept, (bytes) => acceptTargets(signer, meta, bytes))
    const file = `${encodeURIComponent(signer.name)}.json`
    const targets = same ?? await acceptTargets(signer, meta, await this.#session.need(this.#root.content.consistentSnapshot ? `${meta.version}.${file}` : file, Math.min(meta.length ?? targetsBytes, targetsBytes)))
    requireFresh(targets, `The targets of ${quoted(signer.name)}`, this.#session.now)
    if (same === null) await this.#session.cache.set(kept, targets.bytes)
    this.#read.set(signer.name, targets)
    this.validUntil = Math.min(this.validUntil, targets.expires)
    return targets
  }

  /** 5.7. */
  async #bytes(path: string, { length, hashes }: TargetFile): Promise<Uint8Array<ArrayBuffer>> {
    if (length > targetBytes) throw new SealdexError('too-large', `The target ${quoted(path)} has ${length} bytes; up to ${targetBytes} are read.`)
    const isRight = async (bytes: Uint8Array<ArrayBuffer>): Promise<boolean> => bytes.length === length && hasHashes(bytes, hashes)
    const kept = await this.#session.cache.get(`target/${path}`)
    if (kept !== null && await isRight(kept)) return kept
    const bytes = await this.#session.need(`targets/${this.#fileOf(path, hashes)}`, length)
    if (!(await isRight(bytes))) invalid(`The target ${quoted(path)} has not the length and the hash that were signed.`)
    await this.#session.cache.set(`target/${path}`, bytes)
    return bytes
  }

  #fileOf(path: string, hashes: TargetFile['hashes']): string {
    const segments = path.split('/').map(encodeURIComponent)
    const prefix = this.#root.content.consistentSnapshot ? `${hashes.get('sha256') ?? hashes.get('sha512')}.` : ''
    return [...segments.slice(0, -1), `${prefix}${segments.at(-1)}`].join('/')
  }
}

/** Those to whom the target is left, in their order, up to the first terminating one. */
async function delegatedTo(delegations: readonly Delegation[], path: string): Promise<Delegation[]> {
  const hex = hexOf(await digestOf(utf8Encode(path)))
  const asked = delegations.filter((delegation) => isDelegated(delegation, path, hex))
  const last = asked.findIndex(({ terminating }) => terminating)
  return last < 0 ? asked : asked.slice(0, last + 1)
}
