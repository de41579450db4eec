import type { Answer } from './core/protocol.ts'

/** The command line that gives the same bytes, and the files that it expects beside it. */
export interface CommandLine {
  /** Quoted for a shell; options together with their values, so that lines break between them. */
  readonly words: readonly string[]
  /** To be saved under these names first. */
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> | string }[]
  /** The file that was dropped, which the person has already. */
  readonly ownFile: string | null
}

const EVIDENCE = 'evidence.tar'
const ALLOWED_SIGNERS = 'allowed_signers'

/** Always from the bytes that were judged: the registry may answer otherwise a moment later. */
export function commandOf({ reference, verdict, at, platform, trust, evidence, way }: Answer): CommandLine {
  const source = way.by === 'file' ? way.name : EVIDENCE
  const words = [
    ['sealdex', ...(verdict === null ? ['who'] : ['verify', '--all'])], [reference],
    ...(platform === null ? [] : [['--platform', platform]]),
    ...trust.keys.map(({ name }) => ['--key', name]),
    ...(trust.allowedSigners === null ? [] : [['--allowed-signers', ALLOWED_SIGNERS]]),
    ...(trust.identity === null ? [] : [['--certificate-identity', trust.identity.identity], ['--certificate-oidc-issuer', trust.identity.issuer]]),
    ...(trust.root === null ? [] : [['--trusted-root', trust.root.name]]),
    ...(trust.signedRepository === null || verdict === null ? [] : [['--signed-repository', trust.signedRepository]]),
    ['--source', `layout:${source}`], ['--at', at], ['--output', 'json'],
  ]
  return {
    words: words.map((part) => part.map(quoted).join(' ')),
    files: [
      ...(evidence === null ? [] : [{ name: EVIDENCE, bytes: evidence }]),
      ...trust.keys.map(({ name, text }) => ({ name, bytes: text })),
      ...(trust.root === null ? [] : [{ name: trust.root.name, bytes: trust.root.text }]),
      ...(trust.allowedSigners === null ? [] : [{ name: ALLOWED_SIGNERS, bytes: trust.allowedSigners }]),
    ],
    ownFile: way.by === 'file' ? way.name : null,
  }
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
