/**
 * The page's content security policy (T61): its own scripts and styles only, nothing that turns text into markup or
 * script; the one Trusted Types policy is for the address of its own worker and can be made once (web/core/client.ts). `connect-src *`, because it
 * asks registries itself where they let it, and believes only bytes whose digest it has computed.
 */
export const PAGE_POLICY: string = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "worker-src 'self'", 'connect-src *',
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", 'trusted-types sealdex-worker',
].join('; ')
