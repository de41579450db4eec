import type { RegistryOptions } from '../../../demo/registry/registry.ts'

/**
 * For `beforeManifestWrite`: holds pushes of manifests back until `batch` of them wait, or none came for `quietMs`, and then applies them in the
 * reverse of the order they came in. A writer that reads, adds and writes without care loses its entry here each time.
 */
export function reorderedWrites({ batch = 4, quietMs = 50 }: { batch?: number; quietMs?: number } = {}): NonNullable<RegistryOptions['beforeManifestWrite']> {
  let waiting: (() => void)[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const release = (): void => {
    clearTimeout(timer)
    const held = waiting.reverse()
    waiting = []
    // one after the other: each is applied before the next goes on
    for (const [index, go] of held.entries()) setTimeout(go, index)
  }
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      clearTimeout(timer)
      if (waiting.length >= batch) release()
      else timer = setTimeout(release, quietMs)
    })
}
