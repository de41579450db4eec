import type { Json, JsonFields } from '../kit/json.ts'

export type Path = readonly (string | number)[]

/** A place in a JSON document. */
export interface Site {
  readonly path: Path
  readonly value: Json
}

export function isFields(value: Json | undefined): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every place but the root, parents before what is in them. */
export function sitesOf(value: Json, path: Path = []): readonly Site[] {
  const inside = Array.isArray(value) ? value.map((item, at) => [at, item] as const) : isFields(value) ? Object.entries(value) : []
  return inside.flatMap(([name, item]) => [{ path: [...path, name], value: item }, ...sitesOf(item, [...path, name])])
}

export function valueAt(root: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((value, name) => (Array.isArray(value) ? value[Number(name)] : isFields(value) ? value[name] : undefined), root)
}

/** The document with another value at a place, or without it. */
export function withValue(root: Json, path: Path, value: Json | undefined): Json {
  const [name, ...rest] = path
  if (name === undefined) return value ?? null
  if (Array.isArray(root)) return root.flatMap((item, at) => (at !== name ? [item] : value === undefined && rest.length === 0 ? [] : [withValue(item, rest, value)]))
  if (!isFields(root)) throw new Error('there is nothing at this place')
  return Object.fromEntries(Object.entries(root).flatMap(([key, item]) => (key !== name ? [[key, item]] : value === undefined && rest.length === 0 ? [] : [[key, withValue(item, rest, value)]])))
}

/** `verificationMaterial.tlogEntries[].logIndex`: without the positions, so that a table can name it; but a leaf is told from the certificates after it. */
export function labelOf(path: Path): string {
  const parts = path.map((name, at) => (typeof name === 'string' ? `.${name}` : path[at - 1] !== 'certificates' ? '[]' : name === 0 ? '[leaf]' : '[above]'))
  return parts.join('').slice(1)
}
