/** Keys of signed facts in a payload's `optional` part (W5). `-a` refuses the prefix. */
export const FACT = {
  prefix: 'dev.sealdex/',
  repository: 'dev.sealdex/repository',
  tag: 'dev.sealdex/tag',
  platform: 'dev.sealdex/platform',
  signedAt: 'dev.sealdex/signedAt',
  expiresAt: 'dev.sealdex/expiresAt',
  role: 'dev.sealdex/role',
} as const
