import { build } from 'vite'
import { pageConfig } from '../../web/vite.config.ts'

/** Which part of the sources each file comes from, by the bytes that are left of it. */
export async function madeOf(outDir: string): Promise<readonly (readonly [string, readonly (readonly [string, number])[]])[]> {
  const found: [string, Map<string, number>][] = []
  const listen = { name: 'made-of', generateBundle(_: unknown, bundle: Record<string, { readonly type: string; readonly name?: string | undefined; readonly modules?: Readonly<Record<string, { readonly renderedLength: number; readonly code: string | null }>> }>) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || chunk.modules === undefined) continue
      const parts = new Map<string, number>()
      for (const [id, { renderedLength }] of Object.entries(chunk.modules)) parts.set(partOf(id), (parts.get(partOf(id)) ?? 0) + renderedLength)
      found.push([`${chunk.name ?? 'chunk'}.js`, parts])
    }
  } }
  await build({ ...pageConfig(outDir), configFile: false, logLevel: 'silent', plugins: [listen], worker: { format: 'es', plugins: () => [listen] } })
  return found.map(([name, parts]) => [name, [...parts].filter(([, size]) => size > 200).sort(([, a], [, b]) => b - a)])
}

function partOf(id: string): string {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? /\/(src\/[^/]+|web)\//.exec(id)?.[1] ?? 'other'
}
