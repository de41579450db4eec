import { LIMITS } from '../src/index.ts'
import type { GivenFile } from './core/protocol.ts'
import { isTrustedRoot, keyText } from './trust.ts'

/** What was dropped or chosen, told apart by what is in it. */
export interface Given {
  readonly keys: readonly string[]
  readonly layout: GivenFile | null
  /** Text of a trusted_root.json. */
  readonly root: string | null
  readonly problem: string | null
}

/** Reads files that a person gave; where there are several archives, the last counts. */
export async function readFiles(files: Iterable<File>): Promise<Given> {
  let given: Given = { keys: [], layout: null, root: null, problem: null }
  for (const file of files) {
    if (file.size > LIMITS.tarBytes) given = { ...given, problem: `${file.name} has more than ${LIMITS.tarBytes / 1_048_576} MiB, more than evidence or a layout without layers comes near: record it with “sealdex evidence”.` }
    else given = await withFile(given, file)
  }
  return given
}

async function withFile(given: Given, file: File): Promise<Given> {
  try {
    const read = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }
    const key = /\.(?:tar|tgz|gz)$/i.test(file.name) ? null : keyText(read)
    if (key !== null && isTrustedRoot(key)) return { ...given, root: key }
    return key === null ? { ...given, layout: read } : { ...given, keys: [...given.keys, `# ${file.name}\n${key.trim()}`] }
  } catch {
    return { ...given, problem: `${file.name} could not be read. A folder has to be packed as tar first.` }
  }
}

/** Drops are taken anywhere on the page, which shows that it would. */
export function onDrop(take: (files: readonly File[]) => void): void {
  const show = (shown: boolean): void => void document.body.classList.toggle('dropping', shown)
  const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true
  document.addEventListener('dragover', (event) => {
    if (!carriesFiles(event)) return
    event.preventDefault()
    show(true)
  })
  document.addEventListener('dragleave', (event) => event.relatedTarget === null && show(false))
  document.addEventListener('drop', (event) => {
    show(false)
    if (!carriesFiles(event)) return
    event.preventDefault()
    take([...(event.dataTransfer?.files ?? [])])
  })
}
