/** What people know from cosign, crane, curl, notation, oras and kubectl, and what it is called here. */
const OPTIONS: Readonly<Record<string, string>> = {
  'allow-http-registry': '--plain-http', 'allow-insecure-registry': '--plain-http', 'insecure': '--plain-http', 'insecure-registry': '--plain-http', 'http': '--plain-http',
  'ca-file': '--registry-ca', 'cacert': '--registry-ca', 'ca': '--registry-ca', 'registry-cacert': '--registry-ca',
  'annotations': '-a KEY=VALUE', 'user-metadata': '-a KEY=VALUE', 'recursive': '--each', 'r': '--each', 'json': '--output json', 'format': '--output', 'o': '--output', 'k': '--key', 'public-key': '--key', 'private-key': '--key', 'arch': '--platform',
  'time': '--at', 'expiry': '--expires-at', 'password': 'SEALDEX_PASSWORD in the environment: a password on the command line is there for all to see', 'output-file': '-o',
  'username': '"docker login": credentials are taken from docker\'s config.json', 'registry-username': '"docker login": credentials are taken from docker\'s config.json', 'registry-password': '"docker login": credentials are taken from docker\'s config.json',
}

const COMMANDS: Readonly<Record<string, string>> = {
  'inspect': 'who', 'list': 'who', 'ls': 'who', 'signers': 'who', 'discover': 'tree', 'show': 'tree', 'digest': 'resolve', 'triangulate': 'resolve', 'generate-key-pair': 'keygen', 'generate': 'keygen', 'gen': 'keygen', 'check': 'verify', 'validate': 'verify',
  'save': 'evidence', 'download': 'evidence', 'version': '--version',
}

/** `--option` as it is called here, or as the nearest one is written; null where nothing is near. */
export function suggestOption(name: string, known: readonly string[]): string | null {
  const near = nearest(name, known)
  return near === null ? (OPTIONS[name] ?? null) : `--${near}`
}

export function suggestCommand(name: string, known: readonly string[]): string | null {
  return nearest(name, known) ?? COMMANDS[name] ?? null
}

function nearest(word: string, known: readonly string[]): string | null {
  const begun = word.length >= 3 ? known.filter((other) => other.startsWith(word)) : []
  if (begun.length === 1) return begun[0] ?? null
  const ranked = known.map((other) => ({ other, distance: distanceOf(word, other) })).sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.min(2, Math.floor(word.length / 2)) ? best.other : null
}

/** Letters changed, left out, put in, or two exchanged. */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const exchanged = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? Infinity) + 1 : Infinity
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost, exchanged))
    }
    ;[before, last] = [last, row]
  }
  return last[b.length] ?? Infinity
}
