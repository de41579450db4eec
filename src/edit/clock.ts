/** The clock, the dice and the waits of a writer: a value, so that tests run on a clock of their own. */
export interface Timing {
  /** Milliseconds, never going back. */
  now(): number
  /** From 0 to below 1. */
  random(): number
  sleep(milliseconds: number): Promise<void>
}

export const realTiming: Timing = {
  now: () => performance.now(),
  random: () => Math.random(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}
