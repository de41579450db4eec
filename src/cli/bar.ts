const WIDTH = 20
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `[#####---------------]  27 % of 1.1 GB`. */
export function bar(done: number, size: number): string {
  const part = size === 0 ? 1 : Math.min(1, done / size)
  const filled = Math.floor(part * WIDTH)
  return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${String(Math.floor(part * 100)).padStart(3)} % of ${bytesText(size)}`
}

/** In powers of a thousand, as disks are sold. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1_000 ** power
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power] ?? ''}`
}
