import { parsePlatformName, SealdexError } from '../src/index.ts'
import type { Core } from './core/client.ts'
import type { GivenFile, KeyReport, Question, Trust } from './core/protocol.ts'
import { byId, h, icon } from './dom.ts'
import { readPasted } from './reference.ts'
import { readTrust, TRUSTED_ROOT } from './trust.ts'

const KEY_TYPES: Readonly<Record<string, string>> = { 'ec-p256': 'ECDSA P-256', 'ec-p384': 'ECDSA P-384', 'ec-p521': 'ECDSA P-521', 'rsa': 'RSA', 'ed25519': 'Ed25519' }

/** The texts of the form, to be put back where a person goes back. */
export interface Written {
  readonly reference: string
  readonly trust: string
  readonly platform: string
  readonly signed: string
  readonly identity: string
  readonly issuer: string
  /** Text of a trusted_root.json; empty for the built-in one. */
  readonly root: string
}

export const NOTHING: Written = { reference: '', trust: '', platform: '', signed: '', identity: '', issuer: '', root: '' }

/** Reads the form, and says at each field how it was read. */
export class Form {
  readonly #core: Core
  readonly reference: HTMLInputElement = byId('reference', HTMLInputElement)
  readonly trust: HTMLTextAreaElement = byId('trust', HTMLTextAreaElement)
  readonly #platform = byId('platform', HTMLInputElement)
  readonly #signed = byId('signed', HTMLInputElement)
  readonly #identity = byId('identity', HTMLInputElement)
  readonly #issuer = byId('issuer', HTMLInputElement)
  readonly #more = byId('more', HTMLDetailsElement)
  readonly #readAs = byId('read-as', HTMLParagraphElement)
  readonly #keys = byId('keys', HTMLUListElement)
  readonly #check = byId('check', HTMLButtonElement)
  #timer: ReturnType<typeof setTimeout> | undefined
  #file: GivenFile | null = null
  #root = ''

  constructor(core: Core) {
    this.#core = core
    this.reference.addEventListener('input', () => this.#showReference(false))
    this.reference.addEventListener('change', () => this.#showReference(true))
    this.trust.addEventListener('input', () => this.#trustChanged())
    for (const input of [this.#identity, this.#issuer]) input.addEventListener('input', () => this.#trustChanged())
    for (const input of [this.#platform, this.#signed, this.#identity, this.#issuer]) input.addEventListener('input', () => setInvalid(input, false))
  }

  get file(): GivenFile | null {
    return this.#file
  }

  set file(file: GivenFile | null) {
    this.#file = file
    byId('file', HTMLDivElement).hidden = file === null
    byId('file-name', HTMLSpanElement).replaceChildren(...(file === null ? [] : [icon('file'), ' Reading ', h('code', {}, file.name)]))
  }

  set root(text: string) {
    this.#root = text
    byId('root', HTMLDivElement).hidden = text === ''
    byId('root-name', HTMLSpanElement).replaceChildren(icon('file'), ' Signatures without a key: by your ', h('code', {}, TRUSTED_ROOT))
  }

  get written(): Written {
    return { reference: this.reference.value, trust: this.trust.value, platform: this.#platform.value, signed: this.#signed.value, identity: this.#identity.value, issuer: this.#issuer.value, root: this.#root }
  }

  set written({ reference, trust, root, ...more }: Written) {
    this.root = root
    ;[this.reference.value, this.trust.value] = [reference, trust]
    ;[this.#platform.value, this.#signed.value, this.#identity.value, this.#issuer.value] = [more.platform, more.signed, more.identity, more.issuer]
    if (Object.values(more).some((text) => text !== '')) this.#more.open = true
    this.#showReference(true)
    this.#trustChanged()
  }

  /** What is asked, or null where a field is wrong: then it says so, and has the focus. */
  async question(server: string | null, referenceOfFile = false): Promise<Question | null> {
    const trust = await this.#readTrust()
    if (trust === null) return this.#wrong(this.trust)
    const written = this.#showReference(!referenceOfFile)
    const reference = referenceOfFile ? null : written
    if (reference === null && this.#file === null) return this.#wrong(this.reference)
    if (reference === null && !referenceOfFile && this.reference.value.trim() !== '') return this.#wrong(this.reference)
    const platform = this.#platform.value.trim() || null
    if (!this.#fits(this.#platform, () => platform === null || parsePlatformName(platform))) return this.#wrong(this.#platform)
    const [identity, issuer] = [this.#identity, this.#issuer].map(({ value }) => value.trim())
    if ((identity === '') !== (issuer === '')) return this.#wrong(identity === '' ? this.#identity : this.#issuer)
    const signed = trust.signedRepository
    if (!this.#fits(this.#signed, () => signed === null || readPasted(signed))) return this.#wrong(this.#signed)
    return { reference, written, platform, trust, file: this.#file, server }
  }

  #wrong(field: HTMLElement): null {
    setInvalid(field, true)
    if (this.#more.contains(field)) this.#more.open = true
    field.focus()
    return null
  }

  #fits(field: HTMLInputElement, read: () => unknown): boolean {
    try {
      read()
      setInvalid(field, false)
      return true
    } catch (error) {
      if (!(error instanceof SealdexError)) throw error
      byId(`${field.id}-hint`, HTMLParagraphElement).textContent = error.message
      return false
    }
  }

  /** How the image was read; its canonical form, or null. While a person types, what is not finished is no mistake. */
  #showReference(complain: boolean): string | null {
    const text = this.reference.value
    const [note, bad, canonical] = referenceNote(text, complain, this.#file !== null)
    this.#readAs.textContent = note
    this.#readAs.classList.toggle('bad', bad)
    setInvalid(this.reference, bad)
    if (canonical?.platform != null && this.#platform.value === '') {
      this.#platform.value = canonical.platform
      this.#more.open = true
    }
    return canonical?.reference.canonical ?? null
  }

  #trustChanged(): void {
    this.#check.textContent = `${this.trust.value}${this.#identity.value}`.trim() === '' ? 'Who signed this?' : 'May it run?'
    this.#keys.setAttribute('aria-busy', 'true')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#readTrust(), 250)
  }

  /** Null where something that was given can not be read. */
  async #readTrust(): Promise<Trust | null> {
    const [identity = '', issuer = ''] = [this.#identity, this.#issuer].map(({ value }) => value.trim())
    const { trust, strange } = readTrust(this.trust.value, { identity: identity === '' ? null : { identity, issuer }, root: this.#root === '' ? null : { name: TRUSTED_ROOT, text: this.#root }, signedRepository: this.#signed.value.trim() || null })
    const empty = trust.keys.length === 0 && trust.allowedSigners === null
    const { keys, allowedSigners } = empty ? { keys: [], allowedSigners: null } : await this.#core.keys(trust)
    const problems = [...(allowedSigners === null ? [] : [allowedSigners]), ...strange.slice(0, 1).map((line) => `“${line.slice(0, 40)}${line.length > 40 ? '…' : ''}” is neither a public key nor a line of allowed_signers.`)]
    const read = keys.map((key) => ('problem' in key ? keyLine(false, `${key.name}: ${key.problem}`) : keyLine(true, keyWords(key))))
    const signers = trust.allowedSigners === null || allowedSigners !== null ? [] : [keyLine(true, `allowed_signers: ${trust.allowedSigners.trimEnd().split('\n').length} of its lines`)]
    this.#keys.replaceChildren(...read, ...signers, ...problems.map((text) => keyLine(false, text)))
    this.#keys.hidden = this.#keys.childElementCount === 0
    this.#keys.removeAttribute('aria-busy')
    const bad = problems.length > 0 || keys.some((key) => 'problem' in key)
    setInvalid(this.trust, bad)
    return bad ? null : trust
  }
}

function referenceNote(text: string, complain: boolean, hasFile: boolean): readonly [note: string, bad: boolean, read: ReturnType<typeof readPasted> | null] {
  if (text.trim() === '') return [complain && !hasFile ? 'Write or paste the name of an image.' : '', complain && !hasFile, null]
  try {
    const read = readPasted(text)
    const { canonical } = read.reference
    return [[canonical === text ? null : `Read as ${canonical}`, read.note].filter((part) => part !== null).join('. '), false, read]
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return [complain ? error.message : '', complain, null]
  }
}

function keyWords(key: Extract<KeyReport, { readonly type: string }>): string {
  return `${key.name}: ${KEY_TYPES[key.type] ?? key.type}, ${key.keyId.slice(0, 16)}…`
}

function keyLine(good: boolean, text: string): HTMLElement {
  return h('li', { class: `line ${good ? 'good' : 'bad'}` }, icon(good ? 'good' : 'bad'), h('span', {}, text))
}

function setInvalid(field: HTMLElement, invalid: boolean): void {
  if (invalid) field.setAttribute('aria-invalid', 'true')
  else field.removeAttribute('aria-invalid')
}
