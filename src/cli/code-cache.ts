import type { Script } from 'node:vm'

/*
 * Node's own compile cache keeps a file as it was after loading, without the functions that ran later; most of what a command runs would be compiled again each
 * time. So the built command's few files are kept as they are at the end of a command: a third of a short command's processor time.
 */

/** A CommonJS file's function, as Node wraps it. */
type Wrapped = (exports: object, require: (id: string) => unknown, module: { exports: object }, filename: string, dirname: string) => void

interface Loaded {
  readonly script: Script
  readonly name: string
}

/**
 * Runs a built CommonJS file and those beside it that it asks for, with their compiled code from `kept`, a folder of the user's own: what stands there is run.
 * V8 itself refuses code of another version of V8, of other flags, of another length of source; the folder is named after the build for the rest. Whatever
 * can't be read or written there is compiled as ever.
 */
export function runCached(folder: string, entry: string, kept: string, nodeRequire: (id: string) => unknown): void {
  const [fs, vm] = [process.getBuiltinModule('node:fs'), process.getBuiltinModule('node:vm')]
  const compiled: Loaded[] = []
  const modules = new Map<string, { exports: object }>()

  function load(name: string): object {
    const known = modules.get(name)
    if (known !== undefined) return known.exports
    const module = { exports: {} }
    modules.set(name, module)
    const filename = `${folder}/${name}`
    const cachedData = read(`${kept}/${name}`)
    const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(filename, 'utf8')}\n})`, {
      filename,
      ...(cachedData !== null && { cachedData }),
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    if (cachedData === null || script.cachedDataRejected === true) compiled.push({ script, name })
    const wrapped = script.runInThisContext() as Wrapped
    wrapped(module.exports, (id) => (id.startsWith('./') ? load(id.slice(2)) : nodeRequire(id)), module, filename, folder)
    return module.exports
  }

  function read(file: string): Buffer | null {
    try {
      return fs.readFileSync(file)
    } catch {
      return null
    }
  }

  process.on('exit', () => {
    try {
      if (compiled.length > 0) fs.mkdirSync(kept, { recursive: true, mode: 0o700 })
      for (const { script, name } of compiled) {
        const partial = `${kept}/${name}.${process.pid}`
        fs.writeFileSync(partial, script.createCachedData(), { mode: 0o600, flag: 'wx' })
        fs.renameSync(partial, `${kept}/${name}`)
      }
    } catch {
      // a read-only home, a full disk: the next command compiles for itself
    }
  })
  load(entry)
}
