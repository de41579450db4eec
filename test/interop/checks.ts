import type { AnyRegistry } from './expectations.ts'
import type { Ran } from './process.ts'

/** What one program signed and another verified: a cell of the table in docs/compatibility.md. */
export interface Crossing {
  /** `.sig by cosign`. */
  readonly what: string
  readonly registry: AnyRegistry
  /** As a person would type them. */
  readonly signed: string
  readonly verified: string
  readonly holds: boolean
}

/** One line for each check, and a count at the end. */
export class Checks {
  passed = 0
  failed = 0
  readonly crossings: Crossing[] = []

  /** `trouble`: null where it went as expected, else what was seen. */
  check(name: string, trouble: string | null): void {
    if (trouble === null) this.passed += 1
    else this.failed += 1
    console.log(trouble === null ? `ok    ${name}` : `FAIL  ${name}\n      ${trouble.replaceAll('\n', '\n      ')}`)
  }

  /** A check of what one signed and another verified, which is kept for the table. */
  crossed(line: string, crossing: { readonly what: string; readonly registry: AnyRegistry; readonly signed: Ran; readonly verified: string }, trouble: string | null): void {
    this.check(line, trouble)
    this.crossings.push({ ...crossing, signed: crossing.signed.command, holds: trouble === null })
  }

  /** A whole part: what it throws is a failed check, and the next part runs all the same. */
  async part(title: string, work: () => Promise<void>): Promise<void> {
    console.log(`\n${title}`)
    const began = performance.now()
    await work().catch((error: unknown) => this.check(title, error instanceof Error ? (error.stack ?? error.message) : String(error)))
    console.log(`(${((performance.now() - began) / 1000).toFixed(0)} s)`)
  }

  summary(): string {
    return `${this.passed} passed, ${this.failed} failed`
  }
}
