import type { BlobStore } from './blob-store.ts'
import { plainFetch } from './fetch.ts'
import { registryBlobs } from './registry-blobs.ts'
import { registryClient, type RegistryOptions } from './registry-client.ts'
import { registryReader } from './registry-reader.ts'
import { registryTags, type TagNames } from './registry-tags.ts'
import { registryWriter, type RegistryWriter } from './registry-writer.ts'
import type { Source } from './source.ts'
import { streamingFetch } from './streaming-fetch.ts'

/**
 * Registries over HTTP (the distribution API, formats.md 3): any host that a reference names, loopback over plain HTTP and the rest over HTTPS.
 * Keep one for as long as it serves: it remembers tokens, by realm, service, scope and credential.
 */
export function registry(options: RegistryOptions = {}): Source & RegistryWriter & BlobStore & TagNames {
  const client = registryClient(options, streamingFetch)
  return { ...registryReader(client), ...registryWriter(client), ...registryBlobs(client), ...registryTags(client) }
}

/** As {@link registry}, for those who never write: there is no way to, in it. */
export function registryReadOnly(options: RegistryOptions = {}): Source {
  return registryReader(registryClient(options, plainFetch))
}
