import { findChromium } from './runtimes/launch.ts'

/** Before any test: without a browser the page's tests cannot run, and nothing is skipped in silence. */
export function setup(): void {
  findChromium()
}
