import policy from '../schema/policy.v1.json' with { type: 'json' }
import resolved from '../schema/resolve.v1.json' with { type: 'json' }
import verdict from '../schema/verdict.v1.json' with { type: 'json' }
import { VERDICT_MEDIA_TYPE, VERSION } from '../src/index.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { KINDS, type ProblemCode } from './problem-codes.ts'
import type { Asset } from './settings.ts'

type Json = Readonly<Record<string, unknown>>

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

/** A schema of the package as a component: its own references lead into it. */
function component(name: string, schema: Json): Json {
  return JSON.parse(JSON.stringify({ ...schema, $schema: undefined }).replaceAll('"#/$defs/', `"#/components/schemas/${name}/$defs/`)) as Json
}

const query = (name: string, description: string, required = false): Json => ({ name, in: 'query', required, description, schema: { type: 'string', minLength: 1 } })
const REF = query('ref', 'The image: registry/repository:tag, or registry/repository@sha256:….', true)
const PLATFORM = query('platform', 'os/arch[/variant]: judge that platform only, and hand out its digest.')
const POLICY = query('policy', 'Name of a policy of the server. Default: its default policy.')

const HEADERS: Json = {
  'ETag': { description: 'Digest of the bytes of the answer: a strong validator for If-None-Match.', schema: { type: 'string' } },
  'Server-Timing': { description: 'Milliseconds that the answer took.', schema: { type: 'string' } },
}

const content = (types: readonly string[], schema: Json): Json => Object.fromEntries(types.map((type) => [type, { schema }]))
const ok = (description: string, types: readonly string[], schema: Json): Json => ({ description, headers: HEADERS, content: content(types, schema) })
const TEXT: Json = { type: 'string' }
const BINARY: Json = {}

/** One response for each status of these codes. */
function problems(codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => KINDS[code].status)
  return Object.fromEntries([...byStatus].map(([status, list]) => {
    const text = list.map((code) => `${code}: ${KINDS[code].title}.`).join(' ')
    return [status, { description: text, content: content([PROBLEM_TYPE], { allOf: [ref('Problem'), { properties: { code: { enum: list } } }] }) }]
  }))
}

const ALWAYS: readonly ProblemCode[] = ['unknown-parameter', 'repeated-parameter', 'url-too-long', 'internal']
const NEGOTIATED: readonly ProblemCode[] = [...ALWAYS, 'not-acceptable']
const READING: readonly ProblemCode[] = [...NEGOTIATED, 'missing-parameter', 'bad-reference', 'bad-option', 'registry-not-allowed', 'forbidden-address', 'busy']
const DECIDING: readonly ProblemCode[] = [...READING, 'policy-required', 'unknown-policy']
const POSTED: readonly ProblemCode[] = [
  ...DECIDING, 'bad-body', 'body-too-large', 'body-timeout', 'unsupported-media-type', 'bad-policy', 'malformed', 'malformed-json', 'too-large', 'digest-mismatch', 'unsupported-digest',
]
/** What a registry can answer where there is no verdict to say it in. */
const UPSTREAM: readonly ProblemCode[] = [
  'reference-not-found', 'unauthorized', 'rate-limited', 'registry-error', 'unreachable', 'timeout', 'digest-mismatch', 'content-type-mismatch', 'unsupported-digest', 'request-budget',
  'evidence-too-large', 'too-large', 'malformed', 'malformed-json',
]

interface Operation {
  readonly id: string
  readonly summary: string
  readonly parameters?: readonly Json[]
  readonly body?: Json
  readonly answer: Json
  readonly codes: readonly ProblemCode[]
}

function operation({ id, summary, parameters = [], body, answer, codes }: Operation, isRead = true): Json {
  const responses = { 200: answer, ...(isRead && { 304: { description: 'If-None-Match names the ETag.' } }), ...problems(codes) }
  return { operationId: id, summary, parameters, ...(body !== undefined && { requestBody: { required: true, content: body } }), responses }
}

const VERDICT = ok('The verdict, whatever its outcome.', [VERDICT_MEDIA_TYPE, 'application/json'], ref('Verdict'))

const QUESTION: Json = {
  type: 'object',
  properties: { reference: { type: 'string' }, platform: { type: 'string' }, policy: { description: 'Name of a policy of the server, or a policy.', oneOf: [{ type: 'string' }, ref('Policy')] } },
  required: ['reference'],
  additionalProperties: false,
}

const PATHS: Json = {
  '/v1/verify': {
    get: operation({ id: 'verify', summary: 'May this image run?', parameters: [REF, PLATFORM, POLICY], answer: VERDICT, codes: DECIDING }),
    post: operation({
      id: 'verifyBody',
      summary: 'The same by a policy of one\'s own, or from recorded evidence. The parameters are for evidence.',
      parameters: [{ ...REF, required: false, description: 'Default: as the evidence records it.' }, PLATFORM, POLICY],
      body: { 'application/json': { schema: QUESTION }, ...content(['application/x-tar', 'application/tar', 'application/gzip', 'application/x-gzip'], BINARY) },
      answer: VERDICT,
      codes: POSTED,
    }, false),
  },
  '/v1/gate': {
    get: operation({ id: 'gate', summary: 'name@digest to be run, or a status that ends a script.', parameters: [REF, PLATFORM, POLICY], answer: ok('It may run; run exactly this.', ['text/plain; charset=utf-8'], { type: 'string', pattern: '^[^@\\s]+@sha(256|512):[0-9a-f]+$' }), codes: [...DECIDING, 'denied', 'unsigned', 'indeterminate'] }),
  },
  '/v1/resolve': {
    get: operation({ id: 'resolve', summary: 'What the reference names now. Says nothing of trust.', parameters: [REF, PLATFORM], answer: ok('name@digest, and the platforms.', ['application/json'], ref('Resolved')), codes: [...READING, ...UPSTREAM, 'no-such-platform'] }),
  },
  '/v1/evidence': {
    get: operation({ id: 'evidence', summary: 'All that a verdict needs, to be verified elsewhere.', parameters: [REF], answer: ok('An image layout as a tar.', ['application/x-tar'], BINARY), codes: [...READING, ...UPSTREAM] }),
  },
  '/openapi.json': { get: operation({ id: 'description', summary: 'This document.', answer: ok('OpenAPI 3.1.', ['application/json'], { type: 'object' }), codes: [...NEGOTIATED, 'not-found'] }) },
  '/healthz': { get: operation({ id: 'health', summary: 'Is the server there?', answer: ok('It is.', ['application/json'], ref('Health')), codes: ALWAYS }) },
  '/docs/http-api.md': { get: operation({ id: 'problems', summary: 'What the codes of problems mean.', answer: ok('Markdown.', ['text/markdown; charset=utf-8'], TEXT), codes: ALWAYS }) },
  '/': { get: operation({ id: 'page', summary: 'The page, which verifies in the browser.', answer: ok('HTML.', ['text/html; charset=utf-8'], TEXT), codes: ['url-too-long', 'internal'] }) },
  '/examples.json': {
    get: operation({
      id: 'examples',
      summary: 'Images that the page offers with one click, where whoever serves it has some.',
      answer: ok('References and what they show.', ['application/json'], { type: 'array' }),
      codes: ['url-too-long', 'internal', 'not-found'],
    }),
  },
  '/assets/{file}': {
    get: operation({
      id: 'asset',
      summary: 'Files of the page; their names change with what is in them.',
      parameters: [{ name: 'file', in: 'path', required: true, description: 'As the page names it.', schema: { type: 'string' } }],
      answer: ok('A file.', ['*/*'], BINARY),
      codes: ['url-too-long', 'internal', 'not-found'],
    }),
  },
}

const SCHEMAS: Json = {
  Verdict: component('Verdict', verdict),
  Policy: component('Policy', policy),
  Resolved: component('Resolved', resolved),
  Health: { type: 'object', properties: { status: { const: 'ok' }, verifier: { type: 'string' } }, required: ['status', 'verifier'], additionalProperties: false },
  Problem: {
    description: 'RFC 9457. "next" says what to do; what /v1/gate refuses has the verdict\'s outcome and reasons.',
    type: 'object',
    properties: {
      type: { type: 'string', pattern: '^/docs/http-api\\.md#[a-z-]+$' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { enum: Object.keys(KINDS) },
      next: { type: 'string' },
      outcome: { enum: ['allow', 'deny', 'unsigned', 'indeterminate'] },
      reference: { type: 'string' },
      digest: { type: ['string', 'null'] },
      reasons: { type: 'array', items: { type: 'object' } },
    },
    required: ['type', 'title', 'status', 'detail', 'code', 'next'],
    additionalProperties: false,
  },
}

/** OpenAPI 3.1 of the whole app; the tests hold every answer against it. */
export function openApi(): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'sealdex', version: VERSION, summary: 'May this container image run?', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }, description: 'Every path also answers HEAD (where it answers GET) and OPTIONS; another method is a problem of status 405.' },
    paths: PATHS,
    components: { schemas: SCHEMAS },
  }
}

export const OPENAPI_PATH = '/openapi.json'

/** As a static file. schema/openapi.json is the same, byte for byte: what the Worker has beside the page. */
export function openApiFile(): Asset {
  return { bytes: new TextEncoder().encode(`${JSON.stringify(openApi())}\n`), type: 'application/json' }
}
