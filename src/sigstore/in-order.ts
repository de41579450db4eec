/** All answers of work that is under way at once; where some fail, the failure of the first in this order, whichever came first: a verdict is the same bytes everywhere. */
export async function inOrder<T extends readonly unknown[]>(...work: { readonly [At in keyof T]: Promise<T[At]> }): Promise<T> {
  const settled = await Promise.allSettled(work)
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return Promise.all(work)
}
