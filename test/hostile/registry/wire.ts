import { connect } from 'node:net'

export interface WireAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Everything after the empty line, chunk sizes included. */
  readonly body: Buffer
  /** In how many pieces it came. */
  readonly pieces: number
  /** How it ended: by the server, by a reset, or by us after `enough` bytes or `patienceMs` without a new one. */
  readonly end: 'closed' | 'reset' | 'left'
}

/** GET over a bare socket, `Connection: close`: what is really on the wire, with no library that mends it. */
export function wireGet(host: string, path: string, { enough = Infinity, patienceMs = 8_000 }: { enough?: number; patienceMs?: number } = {}): Promise<WireAnswer> {
  const [address = '', port = ''] = host.split(':')
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    let pieces = 0
    const socket = connect(Number(port), address)
    const finish = (end: WireAnswer['end']): void => {
      socket.destroy()
      resolve({ ...parsed(received), pieces, end })
    }
    socket.setTimeout(patienceMs, () => finish('left'))
    socket.on('error', () => finish('reset'))
    socket.on('end', () => finish('closed'))
    socket.on('data', (chunk) => {
      pieces += 1
      received = Buffer.concat([received, chunk])
      if (received.length >= enough) finish('left')
    })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  })
}

function parsed(received: Buffer): Omit<WireAnswer, 'end' | 'pieces'> {
  const cut = received.indexOf('\r\n\r\n')
  const [first = '', ...lines] = received.subarray(0, Math.max(0, cut)).toString('latin1').split('\r\n')
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
  return { status: Number(first.split(' ')[1] ?? 0), headers: Object.fromEntries(headers), body: received.subarray(cut < 0 ? 0 : cut + 4) }
}
