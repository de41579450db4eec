/** What a link carries: the image and the platform, never a key. */
export interface Linked {
  readonly reference: string
  readonly platform: string | null
}

export function linkTo({ reference, platform }: Linked): string {
  const parameters = new URLSearchParams({ ref: reference, ...(platform !== null && { platform }) })
  // a person reads links: these three need no escape in a fragment
  return `#${parameters.toString().replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@')}`
}

/** Null where the fragment names no image. */
export function readLink(hash: string): Linked | null {
  const parameters = new URLSearchParams(hash.slice(1))
  const reference = parameters.get('ref')
  return reference === null || reference === '' ? null : { reference, platform: parameters.get('platform') }
}
