import { isJsonObject, parseJson } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import type { Repository } from '../oci/reference.ts'
import { discard, readBody } from './body.ts'
import type { Guard } from './guarded.ts'
import { reading, statusFailure, type RegistryClient } from './registry-client.ts'
import { failed, read, type Read } from './source.ts'

/** As many as every registry gives at once: distribution refuses to be asked for more. */
const AT_ONCE = 1_000

/** The names of a repository's tags. */
export interface TagNames {
  /** All of them, as the registry says; *failed* where it does not say, or not in one answer. */
  tagNames(repository: Repository, guard: Guard): Promise<Read<ReadonlySet<string>>>
}

export function registryTags(client: RegistryClient): TagNames {
  return { tagNames: (repository, guard) => readTags(client, repository, guard) }
}

async function readTags(client: RegistryClient, repository: Repository, guard: Guard): Promise<Read<ReadonlySet<string>>> {
  const target = client.url(repository, 'tags/list')
  target.search = `?n=${AT_ONCE}`
  const question = { ...reading(repository, 'tags/list'), target }
  const answer = await client.ask(question, guard)
  if (answer.state !== 'read') return answer
  const { response, url } = answer.value
  if (response.status !== 200 || response.headers.get('link') !== null) {
    discard(response)
    return response.status === 200 ? failed('registry-error', `${url.host} has more than one page of ${question.what}.`) : statusFailure(answer.value, question)
  }
  const body = await readBody(response, LIMITS.manifestBytes, guard, url.host, question.what)
  if (body.state !== 'read') return body
  const names = namesIn(body.value)
  // so many may be the first of more, whose Link is missing
  return names === null || names.length >= AT_ONCE ? failed('registry-error', `${url.host} did not answer with all ${question.what}.`) : read(new Set(names))
}

function namesIn(bytes: Uint8Array): readonly string[] | null {
  try {
    const list = parseJson(bytes)
    const tags = isJsonObject(list) ? list.get('tags') : undefined
    return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : null
  } catch {
    return null
  }
}
