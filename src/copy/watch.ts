/** Ends a transfer in which nothing moves any more: a server that drips or hangs must not hold up the copy until its deadline (T55). */
export class Watch {
  readonly #stalled = new AbortController()
  readonly #stallMs: number
  readonly signal: AbortSignal
  #movedAt = performance.now()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(stallMs: number, outer: AbortSignal) {
    this.#stallMs = stallMs
    this.signal = AbortSignal.any([this.#stalled.signal, outer])
    this.#look()
  }

  /** Something moved. */
  alive(): void {
    this.#movedAt = performance.now()
  }

  #look(): void {
    const left = this.#movedAt + this.#stallMs - performance.now()
    // a timer anew for each piece would cost more than the piece
    if (left <= 0) this.#stalled.abort()
    else this.#timer = setTimeout(() => this.#look(), Math.ceil(left))
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
