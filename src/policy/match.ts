import { SealdexError } from '../base/errors.ts'
import { parseReference, parseRepository, type Repository } from '../oci/reference.ts'

/** A scope in canonical form: one repository, a prefix of whole path components (`host/path/*`), or everything (`*`). */
export type Scope =
  | { readonly kind: 'exact'; readonly name: string }
  | { readonly kind: 'prefix'; readonly name: string }
  | { readonly kind: 'any'; readonly name: '*' }

/** Reads a scope; made canonical as references are. Throws `bad-policy`. */
export function parseScope(text: string): Scope {
  if (text === '*') return { kind: 'any', name: '*' }
  try {
    if (!text.endsWith('/*')) return { kind: 'exact', name: parseRepository(text).name }
    return { kind: 'prefix', name: canonicalPrefix(text.slice(0, -2)) }
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError('bad-policy', `The scope "${text.slice(0, 120)}" is none: write a repository, prefix/* with whole path components, or *.`)
  }
}

function canonicalPrefix(prefix: string): string {
  // a bare host such as docker.io would gain "library/" if only one component were added
  const { repository } = parseReference(prefix.includes('/') ? `${prefix}/x` : `${prefix}/x/y`)
  const suffix = prefix.includes('/') ? '/x' : '/x/y'
  return repository.name.slice(0, -suffix.length)
}

export function scopeText(scope: Scope): string {
  return scope.kind === 'prefix' ? `${scope.name}/*` : scope.name
}

/** How specific a scope is for a repository: higher is more specific, -1 does not match. Exact first, then the longest prefix, then `*`. */
export function scopeRank(scope: Scope, repository: Repository): number {
  if (scope.kind === 'any') return 0
  if (scope.kind === 'exact') return scope.name === repository.name ? Number.MAX_SAFE_INTEGER : -1
  return repository.name.startsWith(`${scope.name}/`) ? scope.name.length : -1
}
