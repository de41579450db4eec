import type { Inspection, Verdict } from '../../src/index.ts'

/** What passes between the page and its worker: plain data, no behaviour. */

/** A key as text, with the name it has on this page and in the command line that is shown. */
export interface NamedKey {
  readonly name: string
  readonly text: string
}

/** Whose signatures count. Nobody: the page answers who signed, and decides nothing. */
export interface Trust {
  readonly keys: readonly NamedKey[]
  /** Text of an `allowed_signers` file. */
  readonly allowedSigners: string | null
  /** Whom the certificate of a signature without a key must name, and who vouched for it. */
  readonly identity: { readonly identity: string; readonly issuer: string } | null
  /** A trusted_root.json by which signatures without a key are judged; null: the public-good one that is built in. */
  readonly root: NamedKey | null
  /** The repository it was signed under, where that is another. */
  readonly signedRepository: string | null
}

export interface GivenFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface Question {
  /** Null: as the file's own record says, else as was written, else as the layout calls its image. */
  readonly reference: string | null
  readonly written: string | null
  readonly platform: string | null
  readonly trust: Trust
  /** An image layout, or recorded evidence: then nothing is asked of any network. */
  readonly file: GivenFile | null
  /** Where `v1/evidence` is asked for if the registry can not be read from here; null for a page that no server handed out. */
  readonly server: string | null
}

/** How the bytes came here. Nothing of it is believed: it is said so that the person knows who carried them. */
export type Way =
  | { readonly by: 'registry'; readonly registry: string; readonly serverToo: string | null }
  | { readonly by: 'server'; readonly registry: string; readonly server: string; readonly why: string }
  | { readonly by: 'file'; readonly name: string; readonly recordedAt: string | null; readonly isRecord: boolean }

export interface Answer {
  readonly reference: string
  /** Null where nobody is trusted. For drawing: the text has all. */
  readonly verdict: Verdict | null
  /** The bytes that the command line gives as well: the verdict's, or where nobody is trusted what `sealdex who` says. */
  readonly text: string
  readonly inspection: Inspection
  readonly signatures: { readonly found: number; readonly shown: number }
  /** What was decided by, RFC 3339. */
  readonly at: string
  readonly way: Way
  /** A tar of what was read; null where the person has the file. */
  readonly evidence: Uint8Array<ArrayBuffer> | null
  /** Names for people of the signers in the verdict. */
  readonly names: ReadonlyMap<string, string>
  readonly platform: string | null
  readonly trust: Trust
}

/** What was read of a pasted key: what it is, or why it is none. */
export type KeyReport =
  | { readonly name: string; readonly type: string; readonly keyId: string }
  | { readonly name: string; readonly problem: string }

export type Ask =
  | { readonly id: number; readonly kind: 'check'; readonly question: Question }
  | { readonly id: number; readonly kind: 'keys'; readonly trust: Trust }

export type Reply =
  | { readonly id: number; readonly kind: 'progress'; readonly text: string }
  | { readonly id: number; readonly kind: 'answer'; readonly answer: Answer }
  | { readonly id: number; readonly kind: 'keys'; readonly keys: readonly KeyReport[]; readonly allowedSigners: string | null }
  | { readonly id: number; readonly kind: 'problem'; readonly code: string; readonly message: string }
