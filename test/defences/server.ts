import type { Row } from './table.ts'

const ADDRESSES = 'server/addresses'
const LOG = 'server/log'
const POST = 'server/post'
const REQUESTS = 'server/requests'
const ROUTES = 'server/routes'
const SERVE = 'server/serve'

/** What callers and registries send a server (threats.md, 50 to 60). */
export const SERVER: readonly Row[] = [
  ['T4', 'worker/routes/gate.ts', 'verdict.platform === null ? verdict.digest : verdict.platform.digest', 'verdict.digest', ROUTES, 'T4: allowed: name@digest'],
  ['T4', 'worker/routes/gate.ts', "if (verdict.outcome !== 'allow' || digest === null)", 'if (digest === null)', ROUTES, 'tampered: 403'],
  ['T7', 'worker/routes/verify.ts', 'value = parseJson(bytes)', 'value = new Map(Object.entries(JSON.parse(new TextDecoder().decode(bytes)) as Record<string, JsonValue>))', POST, 'T7: a name twice'],
  ['T12', 'worker/body.ts', '      if (size > maxBytes) throw tooLarge(maxBytes)\n', '      if (size > 50 * maxBytes) throw tooLarge(maxBytes)\n', POST, 'T12: one without end'],
  ['T14', 'worker/body.ts', "new DecompressionStream('gzip')), LIMITS.postedTarBytes,", "new DecompressionStream('gzip')), Infinity,", POST, 'T14: a gzip bomb'],
  ['T50', 'worker/addresses.ts', "return kind === 'public' || (kind === 'loopback' && loopback) || named(url)", 'return true', ADDRESSES, 'T50: a token realm that the operator did not name'],
  ['T50', 'worker/env.ts', 'allowAddress: addresses.mayAsk', 'allowAddress: () => true', ADDRESSES, 'T50: a token realm that the operator did not name'],
  ['T51', 'cli/node-http.ts', 'addresses.filter(({ address }) => mayConnect(hostname, address))', 'addresses', ADDRESSES, 'T51: 127.0.0.1'],
  ['T51', 'worker/connections.ts', "return kind === 'loopback' && loopback && addressKind(hostname) === 'loopback'", "return kind === 'loopback' && loopback", ADDRESSES, 'T51: 127.0.0.1'],
  ['T51', 'worker/connections.ts', "addressKind(address.includes(':') ? `[${canonicalIPv6(address)}]` : address)", 'addressKind(address)', ADDRESSES, 'T51: ::ffff:127.0.0.1'],
  ['T51', 'source/registry-http.ts', "if (error instanceof SealdexError && error.code === 'forbidden-address') return", 'if (false) return', ADDRESSES, 'T51: 10.0.0.1'],
  ['T51', 'worker/judged-fetch.ts', 'if (addresses.some(', 'if (false && addresses.some(', ADDRESSES, 'T51: 10.0.0.1, before it is asked'],
  ['T52', 'worker/addresses.ts', "if (!mayAsk(url)) return 'forbidden-address'", '', ADDRESSES, '169.254.169.254 is not asked'],
  ['T52', 'worker/addresses.ts', 'const url = new URL(`https://${registry}`)', 'const url = { hostname: registry.replace(/:[0-9]+$/, \'\'), port: \'\', protocol: \'https:\' } as URL', ADDRESSES, '0x7f.1 is not asked'],
  ['T52', 'worker/addresses.ts', 'entry.host !== null && !entry.below && matches(entry, url))', 'matches(entry, url))', ADDRESSES, 'metadata.google.internal is not asked'],
  ['T53', 'worker/env.ts', 'allowAddress: addresses.mayAsk', 'allowAddress: () => true', ADDRESSES, 'T53: a redirect to what the operator did not name'],
  ['T54', 'worker/env.ts', 'userAgent: `sealdex/${VERSION}`, ...options?.(addresses)', "userAgent: `sealdex/${VERSION}`, credentials: () => Promise.resolve({ username: 'me', password: 'x' }), ...options?.(addresses)", LOG, 'T54: a registry that asks for credentials gets none'],
  ['T55', 'worker/body.ts', 'await Promise.race([reader.read(), late.promise])', 'await reader.read()', POST, 'T55: one that drips'],
  ['T55', 'worker/body.ts', 'await Promise.race([reader.read(), late.promise])', 'await reader.read()', SERVE, 'T55: a body that never ends'],
  ['T55', 'worker/decide.ts', 'at: settings.now(), maxRequests, timeoutMs, maxBytes', 'at: settings.now(), maxRequests, maxBytes', LOG, 'T55: a registry that drips'],
  ['T56', 'worker/answer.ts', "'Cache-Control': 'no-store', 'Vary'", "'Cache-Control': 'max-age=60', 'Vary'", LOG, 'T56: an answer that may pass'],
  ['T57', 'worker/call.ts', 'if (best.quality === 0) throw', 'if (false) throw', POST, 'T57: no answer is signed'],
  ['T58', 'worker/routes/verify.ts', 'return parsePolicy(stringifyJson(policy))', 'return Promise.resolve(policy as unknown as Policy)', POST, 'T58: there is no pattern'],
  ['T58', 'worker/routes/verify.ts', "if (keysIn(policy, '') > LIMITS.questionKeys)", 'if (false)', POST, 'T58: a caller\'s policy has not more keys of a signer'],
  ['T60', 'worker/text.ts', "replace(/[^\\x20-\\x7e]/g, (char) => `\\\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)", "replace('', '')", LOG, 'T60: an error inside'],
  ['T60', 'worker/log.ts', 'url.pathname.slice(0, LONGEST_PATH)', 'url.href', LOG, 'T60: no secret'],
  ['T61', 'worker/routes/page.ts', "'Content-Security-Policy': PAGE_POLICY", "'X-None': PAGE_POLICY", REQUESTS, 'T61: stands under a policy'],
  ['R11', 'worker/decide.ts', 'maxRequests, timeoutMs, maxBytes, ...(platform', 'timeoutMs, ...(platform', LOG, 'R11: the budgets'],
  ['HTTP', 'worker/call.ts', "if (!known.includes(name)) throw new Problem('unknown-parameter'", "if (false) throw new Problem('unknown-parameter'", REQUESTS, 'unknown-parameter, naming it'],
  ['HTTP', 'worker/call.ts', "if (found.has(name)) throw", 'if (false) throw', REQUESTS, 'repeated-parameter, naming it'],
  ['HTTP', 'worker/decide.ts', 'const policy = settings.policies.get(name)', 'const policy = settings.policies.get(name) ?? settings.policy ?? undefined', ROUTES, 'a policy by name'],
  ['HTTP', 'cli/serve.ts', '    setTimeout(() => process.exit(EXIT.done), LEFT_MS).unref()\n', '', SERVE, 'work for a client that has left'],
  ['HTTP', 'worker/load.ts', 'if (line.length >= waiting) return', 'if (false) return', 'server/load', 'the line is full'],
]
