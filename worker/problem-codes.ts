import type { Code } from '../src/index.ts'

/** A kind of problem: its status, a title that never changes, and what whoever asked can do. docs/http-api.md is written from here. */
export interface Kind {
  readonly status: number
  readonly title: string
  readonly next: string
}

/** What the server itself says. */
export type OwnCode =
  | 'not-found' | 'method-not-allowed' | 'missing-parameter' | 'unknown-parameter' | 'repeated-parameter' | 'bad-body'
  | 'policy-required' | 'unknown-policy' | 'url-too-long' | 'headers-too-large' | 'bad-request' | 'unsupported-media-type'
  | 'body-too-large' | 'body-timeout' | 'not-acceptable' | 'registry-not-allowed' | 'busy' | 'denied'
  | 'unsigned' | 'indeterminate' | 'internal'

/** Codes of the core that end a request; a verdict has its own place for what went wrong, so most come from /v1/resolve and /v1/evidence. */
export type CoreCode = Extract<
  Code,
  | 'bad-reference' | 'bad-option' | 'bad-policy' | 'malformed' | 'malformed-json' | 'too-large'
  | 'reference-not-found' | 'no-such-platform' | 'forbidden-address' | 'unauthorized' | 'rate-limited' | 'registry-error'
  | 'unreachable' | 'timeout' | 'digest-mismatch' | 'content-type-mismatch' | 'unsupported-digest' | 'request-budget'
  | 'evidence-too-large'
>

export type ProblemCode = OwnCode | CoreCode

const OWN: Readonly<Record<OwnCode, Kind>> = {
  'not-found': { status: 404, title: 'There is nothing at this path', next: 'See /openapi.json for what there is.' },
  'method-not-allowed': { status: 405, title: 'The path does not know this method', next: 'The header Allow lists the methods that it knows.' },
  'missing-parameter': { status: 400, title: 'A parameter is missing', next: 'Add it; the detail names it.' },
  'unknown-parameter': { status: 400, title: 'A parameter is not known', next: 'Leave it out or correct its name: nothing is ignored, so that a typing error changes no decision.' },
  'repeated-parameter': { status: 400, title: 'A parameter is given twice', next: 'Give it once: only one can count.' },
  'bad-body': { status: 400, title: 'The body of the request is not what it should be', next: 'Send JSON {"reference", "platform"?, "policy"?}, or evidence as a tar.' },
  'policy-required': { status: 400, title: 'Nothing says who must have signed', next: 'Name a policy of the server with policy=NAME, send one of your own with POST /v1/verify, or have the operator set POLICY (the Worker) or --key or --policy (serve).' },
  'unknown-policy': { status: 400, title: 'The server has no policy of this name', next: 'Ask the operator for the names, or leave "policy" out for the default policy.' },
  'url-too-long': { status: 414, title: 'The URL is too long', next: 'Send the question as the JSON body of POST /v1/verify.' },
  'headers-too-large': { status: 431, title: 'The headers are too large', next: 'Send less: 16 KiB is the limit.' },
  'bad-request': { status: 400, title: 'This is no HTTP request', next: 'Send HTTP/1.1.' },
  'unsupported-media-type': { status: 415, title: 'The body is of a type that is not read', next: 'Send application/json, or a tar as application/x-tar or application/gzip.' },
  'body-too-large': { status: 413, title: 'The body is too large', next: 'Send less: 128 KiB of JSON, 18 MiB of evidence (unpacked).' },
  'body-timeout': { status: 408, title: 'The body did not arrive in time', next: 'Send it faster: there are 10 seconds for it.' },
  'not-acceptable': { status: 406, title: 'The answer is not available in a type that Accept names', next: 'Accept one of the types that the detail lists. Signed answers are not given by this version.' },
  'registry-not-allowed': { status: 403, title: 'The server does not read this registry', next: 'Have the operator add it to ALLOWED_REGISTRIES.' },
  'busy': { status: 503, title: 'The server has too much to do', next: 'Ask again after the seconds of Retry-After.' },
  'denied': { status: 403, title: 'The image may not run', next: 'GET /v1/verify with the same parameters gives the whole verdict.' },
  'unsigned': { status: 403, title: 'The image is not signed', next: 'Sign it, or GET /v1/verify with the same parameters for every place that was looked at.' },
  'indeterminate': { status: 503, title: 'It could not be decided whether the image may run', next: 'GET /v1/verify with the same parameters says which place could not be read; ask again when it can be.' },
  'internal': { status: 500, title: 'Something went wrong inside the server', next: 'Nothing was decided. Ask again; if it stays, report it with the time.' },
}

const LOGIN: string = 'This server uses no credentials for callers and passes none on: fetch the evidence where you are logged in ("sealdex evidence") and POST it.'

const CORE: Readonly<Record<CoreCode, Kind>> = {
  'bad-reference': { status: 400, title: 'The reference does not follow the grammar', next: 'Write registry/repository:tag or registry/repository@sha256:….' },
  'bad-option': { status: 400, title: 'A parameter is wrong', next: 'Correct it; the detail says what is wrong.' },
  'bad-policy': { status: 400, title: 'The policy is not valid', next: 'docs/policy.md has its form; the detail names the place.' },
  'malformed': { status: 422, title: 'The bytes break the grammar of what they claim to be', next: 'Send or publish it anew.' },
  'malformed-json': { status: 422, title: 'The bytes are not strict JSON', next: 'Send or publish it anew.' },
  'too-large': { status: 422, title: 'An object is larger than its limit', next: 'Nothing that large is read.' },
  'reference-not-found': { status: 404, title: 'The reference names nothing', next: 'Look for a typing error in repository or tag.' },
  'no-such-platform': { status: 404, title: 'The image has nothing for this platform', next: 'GET /v1/resolve without "platform" lists the platforms.' },
  'forbidden-address': { status: 403, title: 'The address may not be asked', next: 'Private, loopback and reserved addresses are asked only where the operator lists their host in ALLOWED_REGISTRIES.' },
  'unauthorized': { status: 502, title: 'The registry asks for credentials', next: LOGIN },
  'rate-limited': { status: 503, title: 'The registry has had enough requests', next: 'Ask again later.' },
  'registry-error': { status: 502, title: 'The registry gave no answer of a registry', next: 'Ask again; if it stays, ask whoever runs the registry.' },
  'unreachable': { status: 502, title: 'The registry could not be reached', next: 'Look for a typing error in its name; ask again later.' },
  'timeout': { status: 504, title: 'The registry did not answer in time', next: 'Ask again later.' },
  'digest-mismatch': { status: 502, title: 'The registry answered with other bytes', next: 'The image is damaged or was exchanged: ask whoever publishes it.' },
  'content-type-mismatch': { status: 502, title: 'The registry contradicts itself', next: 'Ask whoever runs the registry.' },
  'unsupported-digest': { status: 422, title: 'The digest is of a kind that is not read', next: 'sha256 and sha512 are.' },
  'request-budget': { status: 503, title: 'More requests would be needed than may be made', next: 'The operator can allow more.' },
  'evidence-too-large': { status: 422, title: 'The evidence is larger than its limit', next: 'Nothing that large is read.' },
}

export const KINDS: Readonly<Record<ProblemCode, Kind>> = { ...OWN, ...CORE }

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(KINDS, code)
}

/** The section "Problems" of docs/http-api.md; also what the link in `type` answers. */
export function problemsMarkdown(): string {
  const parts = Object.entries(KINDS).map(([code, { status, title, next }]) => `### ${code}\n\n${status}. ${title}. ${next}\n`)
  return `## Problems\n\n${parts.join('\n')}`
}
