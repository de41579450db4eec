import type { Source } from '../index.ts'

/** A source that asks once: what was read is given again without a request, so that drawing what was judged costs nothing. */
export function memoSource(source: Source): Source {
  const kept = new Map<string, Promise<unknown>>()
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const answer = (kept.get(key) as Promise<T> | undefined) ?? ask()
    kept.set(key, answer)
    return answer
  }
  return {
    kind: source.kind,
    resolve: (reference, guard) => once(`resolve ${reference.canonical}`, () => source.resolve(reference, guard)),
    manifest: (repository, digest, guard) => once(`manifest ${repository.name} ${digest}`, () => source.manifest(repository, digest, guard)),
    tagged: (repository, tag, guard) => once(`tagged ${repository.name} ${tag}`, () => source.tagged(repository, tag, guard)),
    referrers: (repository, subject, guard) => once(`referrers ${repository.name} ${subject}`, () => source.referrers(repository, subject, guard)),
    blob: (repository, digest, guard) => once(`blob ${repository.name} ${digest}`, () => source.blob(repository, digest, guard)),
  }
}
