/** V8 compiles what runs hot only after thousands of calls. */
const WARM_UPS = 2_000

/** Runs two works in turns in one process and prints their medians and the ratio: machines are shared and noisy, so only the ratio says something. */
export async function compare(title: string, [name, work]: Named, [peerName, peer]: Named, rounds = 60, each = 20): Promise<number> {
  for (let i = 0; i < WARM_UPS; i++) {
    await work()
    await peer()
  }
  const [a, b]: [number[], number[]] = [[], []]
  for (let i = 0; i < rounds; i++) {
    a.push(await timed(work, each))
    b.push(await timed(peer, each))
  }
  const ratio = median(a) / median(b)
  console.log(`${title}: ${name} ${us(median(a))}, ${peerName} ${us(median(b))}, ratio ${ratio.toFixed(2)}`)
  return ratio
}

export type Named = readonly [string, () => Promise<void>]

async function timed(work: () => Promise<void>, times: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < times; i++) await work()
  return (performance.now() - start) / times
}

export function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? NaN
}

export function us(ms: number): string {
  return ms < 10 ? `${(ms * 1000).toFixed(0)} µs` : `${ms.toFixed(1)} ms`
}
