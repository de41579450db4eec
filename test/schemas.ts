import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

const FOLDER = join(import.meta.dirname, '../schema')
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
const schemas = new Map<string, ValidateFunction>(readdirSync(FOLDER).filter((name) => /\.v\d+\.json$/.test(name)).map((name) => [name.replace('.json', ''), ajv.compile(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as object)]))

/** Throws where the value is not as the package's schema of this name says. */
export function conforms(schema: string, value: unknown): void {
  const validate = schemas.get(schema)
  if (validate === undefined) throw new Error(`there is no schema ${schema}`)
  if (!validate(value)) throw new Error(`${schema}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 2_000)}`)
}
