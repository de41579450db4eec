import { parseReference, SealdexError, type Reference } from '../src/index.ts'

/** What a person pasted, as it was understood. */
export interface Pasted {
  readonly reference: Reference
  /** Where the pasted command named one. */
  readonly platform: string | null
  /** What is worth saying about it; null where nothing is. */
  readonly note: string | null
}

const TOOLS = /^(?:docker|podman|nerdctl|buildah|crane|skopeo|oras|regctl|cosign|notation|ctr|sealdex)$/
/** Words between a tool and the reference. */
const VERBS = /^(?:image|images|buildx|imagetools|pull|run|create|inspect|manifest|digest|verify|who|tree|copy|cp)$/
/** Options of those commands that take a value of their own. */
const VALUED = /^(?:--(?:platform|name|network|user|volume|env|publish|key|entrypoint|workdir|mount|label|pull)|-[aefhklnpuvw])$/

/** Reads a reference as people paste them: with a command before it, a scheme, quotes, blanks. Throws `bad-reference` with what is wrong, in words. */
export function readPasted(text: string): Pasted {
  const { word, platform } = firstOperand(unquoted(text).replace(/^[$#>]\s+/, '').replace(/^image:\s+/, ''))
  const bare = withoutScheme(unquoted(word))
  refuseLookAlikes(bare)
  const reference = parseReference(bare)
  return { reference, platform, note: noteOn(reference) }
}

function unquoted(text: string): string {
  const trimmed = text.trim()
  const [, inner] = /^(?:"([^"]*)"|'([^']*)'|`([^`]*)`|“([^”]*)”|<([^>]*)>)$/.exec(trimmed)?.filter((part) => part !== undefined) ?? []
  return inner === undefined ? trimmed : inner.trim()
}

interface Operand {
  readonly word: string
  readonly platform: string | null
}

/** Of a command line the first word that is neither the command nor an option; of a Dockerfile's FROM the image. */
function firstOperand(text: string): Operand {
  const words = text.split(/\s+/)
  if (words[0] === 'sudo') words.shift()
  const isCommand = words.length > 1 && (TOOLS.test(words[0] ?? '') || words[0]?.toUpperCase() === 'FROM')
  if (!isCommand) return { word: text, platform: null }
  let platform: string | null = null
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? ''
    const inline = /^--platform=(.+)$/.exec(word)?.[1]
    if (inline !== undefined || word === '--platform') platform = inline ?? words[i + 1] ?? null
    if (VALUED.test(word)) i++
    else if (!word.startsWith('-') && !VERBS.test(word)) return { word, platform }
  }
  throw new SealdexError('bad-reference', 'This is a command without an image: paste the image that it names.')
}

function withoutScheme(text: string): string {
  const [whole, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? []
  if (whole === undefined || scheme === undefined) return text
  if (/^(?:docker|oci|container|registry)$/i.test(scheme)) return text.slice(whole.length)
  throw new SealdexError('bad-reference', `"${scheme.slice(0, 20)}://" begins the address of a page, not the name of an image: paste what stands after "docker pull".`)
}

/** Letters that only look like others are how people are led to another registry (T59). */
function refuseLookAlikes(text: string): void {
  const odd = /[^\x21-\x7e]/u.exec(text)
  if (odd === null) return
  const point = `U+${(odd[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  if (/\s/u.test(odd[0])) throw new SealdexError('bad-reference', `There is a blank (${point}) inside of it: one image at a time, without blanks.`)
  const host = text.split('/')[0] ?? ''
  const name = text.indexOf(odd[0]) < host.length ? URL.parse(`https://${host}`)?.hostname : undefined
  const really = name === undefined ? '' : ` Its host is really ${name}.`
  throw new SealdexError('bad-reference', `It holds a character that is not ASCII (${point}), as names of images never do: it may look like another and lead somewhere else.${really}`)
}

function noteOn({ repository }: Reference): string | null {
  return /(?:^|\.)xn--/.test(repository.registry) ? 'The host is written in punycode ("xn--"): in other places it is shown with letters that may look like those of another name.' : null
}
