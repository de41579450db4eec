import type { Answer } from '../core/protocol.ts'
import { labelsOf } from '../labels.ts'
import { outcomeView } from './outcome.ts'
import { pictureView } from './picture.ts'
import { placesView } from './places.ts'
import { reasonsView, unknownView } from './reasons.ts'
import { runtimesView } from './runtimes.ts'
import { signersView } from './signers.ts'
import { takeawayView } from './takeaway.ts'
import { whoView } from './who.ts'

/** An answer with what its parts have in common. */
export interface Shown {
  readonly answer: Answer
  /** What a person calls each object. */
  readonly labels: ReadonlyMap<string, string>
}

export interface View {
  readonly parts: readonly HTMLElement[]
  /** Takes the focus. */
  readonly heading: HTMLElement
  /** For those who hear the page. */
  readonly spoken: string
}

/** Everything that is shown of an answer: the outcome first, then why, who, what, and what can not be known. */
export function answerView(answer: Answer): View {
  const shown: Shown = { answer, labels: labelsOf(answer.inspection.root, answer.inspection.attachments) }
  const { card, heading, spoken } = outcomeView(answer)
  const parts = [reasonsView, signersView, whoView, pictureView, runtimesView, unknownView, placesView, takeawayView].map((view) => view(shown))
  return { parts: [card, ...parts.filter((part) => part !== null)], heading, spoken }
}
