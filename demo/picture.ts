import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../src/cli/run.ts'
import { styleFor } from '../src/cli/terminal.ts'
import { createRegistry } from './registry/app.ts'
import { serveRegistry } from './registry/serve.ts'
import { seedRegistry } from './seeds.ts'

// npm run picture: docs/verdict.svg, the README's picture, out of a real verdict of the demo's images
const LINE = 19
const COLUMN = 8.4
const COLOURS: Readonly<Record<string, string>> = { '31': '#ff7b72', '32': '#7ee787', '33': '#f2cc60' }

const served = await serveRegistry({ port: 8787, store: createRegistry().store })
const folder = mkdtempSync(join(tmpdir(), 'sealdex-picture-'))
try {
  const { images, files } = await seedRegistry(served.host, served.store)
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  const seed = images[0]
  if (seed === undefined) throw new Error('the demo has no images')
  let shown = `$ npx sealdex verify ${seed.reference} ${seed.keys.map((name) => `--key ${name}`).join(' ')}\n\n`
  const terminal = { out: (text: string) => void (shown += text), err: () => {}, style: styleFor({ isTTY: true }, {}, false), columns: 84, interactive: false, env: {} }
  await run(['verify', seed.reference, ...seed.keys.flatMap((name) => ['--key', join(folder, name)])], terminal)
  writeFileSync(join(import.meta.dirname, '../docs/verdict.svg'), picture(shown.trimEnd().split('\n')))
} finally {
  await served.close()
  rmSync(folder, { recursive: true, force: true })
}

function picture(lines: readonly string[]): string {
  const width = 88 * COLUMN
  const height = (lines.length + 2) * LINE
  const texts = lines.map((line, i) => `<text x="16" y="${(i + 1.6) * LINE}">${spans(line)}</text>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The verdict of sealdex verify in a terminal">
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">
${texts.join('\n')}
</g>
</svg>
`
}

/** Text with the terminal's marks for colour and weight as spans. */
function spans(line: string): string {
  let [colour, weight, opacity] = ['', '', '']
  return line.split(/(\x1b\[\d+m)/).map((part) => {
    const mark = /^\x1b\[(\d+)m$/.exec(part)?.[1]
    if (mark === undefined) return part === '' ? '' : `<tspan${colour}${weight}${opacity}>${escaped(part)}</tspan>`
    if (COLOURS[mark] !== undefined) colour = ` fill="${COLOURS[mark]}"`
    if (mark === '39') colour = ''
    if (mark === '1') weight = ' font-weight="700"'
    if (mark === '2') opacity = ' opacity=".65"'
    if (mark === '22') [weight, opacity] = ['', '']
    return ''
  }).join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00a0')
}
