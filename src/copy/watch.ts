/** Ends a transfer in which nothing moves any more: a server that drips or hangs must not hold up the copy until its deadline (T55). */
export class Watch {
  readonly #stalled = new AbortController()
  readonly #stallMs: number
  readonly signal: AbortSignal
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(stallMs: number, outer: AbortSignal) {
    this.#stallMs = stallMs
    this.signal = AbortSignal.any([this.#stalled.signal, outer])
    this.alive()
  }

  /** Something moved. */
  alive(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#stalled.abort(), this.#stallMs)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
