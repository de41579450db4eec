import type { Page } from 'playwright-core'

/** Begins to watch the page's own thread; returns how to read the longest task since, in milliseconds (0 where none was over 50). */
export async function watchTasks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const tasks: number[] = []
    Object.assign(globalThis, { tasks })
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })
  })
  return async () => {
    await page.waitForTimeout(200)
    return page.evaluate(() => Math.max(0, ...(globalThis as unknown as { tasks: number[] }).tasks))
  }
}
