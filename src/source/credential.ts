import { base64Encode, utf8Encode } from '../base/bytes.ts'

/** What a caller has for a registry: a name and password, or an identity token as docker's `login` keeps it. */
export type Credential = { readonly username: string; readonly password: string } | { readonly token: string }

export function basicHeader(username: string, password: string): string {
  return `Basic ${base64Encode(utf8Encode(`${username}:${password}`))}`
}
