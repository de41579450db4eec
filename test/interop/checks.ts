/** One line for each check, and a count at the end. */
export class Checks {
  passed = 0
  failed = 0

  /** `trouble`: null where it went as expected, else what was seen. */
  check(name: string, trouble: string | null): void {
    if (trouble === null) this.passed += 1
    else this.failed += 1
    console.log(trouble === null ? `ok    ${name}` : `FAIL  ${name}\n      ${trouble.replaceAll('\n', '\n      ')}`)
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
