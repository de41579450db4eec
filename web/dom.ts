/** The one way in which this page makes elements: text is always text, whoever wrote it (T61). */
export type Child = Node | string | null | false

type Attributes = Readonly<Record<string, string | boolean | null>>

export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes, ...children: readonly Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  element.append(...children.filter((child) => child !== null && child !== false))
  return element
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '')
    else if (typeof value === 'string') element.setAttribute(name, value)
  }
}

const SVG = 'http://www.w3.org/2000/svg'

/** Line drawings on a square of 24. */
const DRAWINGS = {
  allow: ['M20 6 9 17l-5-5'],
  deny: ['M18 6 6 18', 'M6 6l12 12'],
  unsigned: ['M4 17c3-6 5-10 7-10s0 9 2 9 3-4 4-4 1 3 3 3', 'M4 21 20 3'],
  indeterminate: ['M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.300-1.500 2.400', 'M12 18h.01'],
  who: ['M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z', 'M4 20.500c1.500-3.500 4.500-5 8-5s6.500 1.500 8 5'],
  problem: ['M12 4v10', 'M12 19h.01'],
  file: ['M6 3h8l4 4v14H6Z', 'M14 3v4h4'],
  good: ['M20 6 9 17l-5-5'],
  bad: ['M18 6 6 18', 'M6 6l12 12'],
  none: ['M12 12h.01'],
  next: ['M4 12h16', 'M14 6l6 6-6 6'],
} as const

export type Icon = keyof typeof DRAWINGS

/** A picture beside words that say the same, so it is hidden from those who hear the page. */
export function icon(name: Icon): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  setAttributes(svg, { 'viewBox': '0 0 24 24', 'aria-hidden': 'true', 'focusable': 'false', 'class': `icon icon-${name}` })
  for (const d of DRAWINGS[name]) {
    const path = document.createElementNS(SVG, 'path')
    setAttributes(path, { d })
    svg.append(path)
  }
  return svg
}

/** The element of index.html with this id. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.querySelector(`#${id}`)
  if (!(found instanceof type)) throw new TypeError(`the page has no ${id}`)
  return found
}

export function listen<T extends EventTarget>(target: T, event: string, react: () => void): T {
  target.addEventListener(event, react)
  return target
}
