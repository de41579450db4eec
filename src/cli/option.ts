/** One option of a command: parsing, help and suggestions all come from this table. */
export interface Option {
  /** How its value is called in the help; null for a flag. */
  readonly value: string | null
  readonly help: string
  readonly short?: string
  readonly multiple?: true
}

export type Options = Readonly<Record<string, Option>>

/** What stood on the command line of one command. */
export interface Given {
  readonly arguments: readonly string[]
  flag(name: string): boolean
  /** Null if it was not given. */
  text(name: string): string | null
  texts(name: string): readonly string[]
  has(name: string): boolean
}

export const OUTPUT: Options = {
  'output': { value: 'text|json', help: 'how the result is printed; json follows a schema in schema/' },
  'no-color': { value: null, help: 'no colour, as NO_COLOR=1 says it' },
  'help': { value: null, short: 'h', help: 'show this help' },
}

export const READING: Options = {
  'platform': { value: 'OS/ARCH[/VARIANT]', help: 'only this platform, for example linux/arm64' },
  'source': { value: 'layout:PATH', help: 'read an image layout or recorded evidence (a folder, tar or tar.gz) instead of a registry' },
  'at': { value: 'TIME', help: 'as of then, for example 2026-01-31T00:00:00Z (default: now)' },
}

export const TRUST: Options = {
  'key': { value: 'FILE', multiple: true, help: 'a public key (PEM, JWK or SSH) whose signature counts; any of several suffices' },
  'certificate-identity': { value: 'ID', help: 'who may sign without a key: the address or workflow in the certificate, exactly' },
  'certificate-identity-pattern': { value: 'PATTERN', help: 'the same with * for anything inside one path segment' },
  'certificate-oidc-issuer': { value: 'URL', help: 'who has to vouch for that identity, exactly' },
  'allowed-signers': { value: 'FILE', help: 'keys as ssh-keygen keeps them in allowed_signers' },
  'notation-config': { value: 'DIR', help: 'notation\'s own trust policy and trust store, as in ~/.config/notation' },
  'policy': { value: 'FILE', help: 'a policy file that says who must sign what (schema/policy.v1.json)' },
  'annotation': { value: 'KEY=VALUE', short: 'a', multiple: true, help: 'demand this signed value' },
  'signed-repository': { value: 'NAME', help: 'the repository under which it was signed: tried for the payload, and required' },
}

export const NETWORK: Options = {
  'timeout': { value: 'DURATION', help: 'for everything together, for example 10s or 2m' },
  'max-requests': { value: 'N', help: 'requests that may be made (default: 400)' },
  'registry-ca': { value: 'FILE', help: 'PEM certificates to trust for registries besides the system\'s' },
  'plain-http': { value: null, help: 'speak HTTP to the registry (loopback has it anyway)' },
}

/** Options of the specification that this version does not have: refused by name, never ignored. */
export const NOT_YET: Readonly<Record<string, string>> = {
  'certificate': 'A certificate beside a key is used by "export --to notation" alone in this version',
}
