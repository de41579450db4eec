/**
 * `npm run screenshots [FOLDER]`: docs/page.png, the README's picture of the page, out of a real answer; with a folder, every state of the page in it as well,
 * at 320 and 1,280 pixels, light and (where colours matter most) dark.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildPage, launch } from './browser.ts'
import { prepareStates } from './states.ts'

const [folder] = process.argv.slice(2)
const DARK = new Set(['empty', 'allow', 'deny', 'unsigned', 'who', 'working'])
const built = await buildPage('web')
const states = await prepareStates(built.folder)
const browser = await launch()
try {
  await picture(join(import.meta.dirname, '../../docs/page.png'), 'allow', 880, 'light', '.picture')
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true })
    for (const name of states.names) {
      for (const width of [320, 1_280]) await picture(join(folder, `${name}-${width}.png`), name, width, 'light')
      if (DARK.has(name)) await picture(join(folder, `${name}-1280-dark.png`), name, 1_280, 'dark')
    }
  }
} finally {
  await browser.close()
  await states.close()
  built.remove()
}

async function picture(path: string, name: string, width: number, colorScheme: 'light' | 'dark', downTo?: string): Promise<void> {
  const { page, broken, close } = await states.show(browser, name, { viewport: { width, height: 800 }, colorScheme, reducedMotion: 'reduce' })
  await page.evaluate(() => scrollTo(0, 0))
  const box = downTo === undefined ? null : await page.locator(downTo).boundingBox()
  await page.screenshot({ path, fullPage: true, ...(box !== null && { clip: { x: 0, y: 0, width, height: box.y + box.height + 32 } }) })
  const unexpected = broken.filter((line) => !/Failed to load/.test(line))
  console.log(`${path}${unexpected.length === 0 ? '' : `: ${unexpected.join('; ')}`}`)
  await close()
}
