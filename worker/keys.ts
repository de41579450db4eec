const PEM = /-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g

/** The keys in one text: PEM blocks, and SSH keys or JWKs on a line each. What is none is refused by whoever reads the keys. */
export function keysIn(text: string): readonly string[] {
  const blocks = text.match(PEM) ?? []
  const lines = text.replace(PEM, '').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  return [...blocks, ...lines]
}
