/** What was lost in the races, as a section of docs/compatibility.md. */
import { ALL_REGISTRIES, type AnyRegistry } from '../expectations.ts'
import { ROUNDS, type RaceRow } from './others.ts'
import { TOOLS } from './writers.ts'

const TITLES: Readonly<Record<AnyRegistry, string>> = { 'docker-registry': 'docker-registry 2.8.2', 'distribution': 'distribution 3', 'olareg': 'olareg' }

export function raceSection(rows: readonly RaceRow[]): readonly string[] {
  return [
    '## Races',
    `Sixteen processes at once on one image, released at the same moment: two \`sealdex sign\`, one \`sealdex attach\`, one \`sealdex attest\`, four each of \`cosign sign\` (bundle), \`oras attach\` and \`notation sign\`; ${ROUNDS} rounds.`,
    'Counted are processes that ended with 0, and of these the ones whose work was not there afterwards; of each lost one, whose write it was that left it out. What was overwritten and put back is not lost. Who is missing from the 24 ended with an error and said so.',
    '',
    ...raceTable(rows),
    '',
    '- No registry writes a tag only if it still names what was read. sealdex reads back and writes again until its entry stays; the others write once, do not look, and end with 0.',
    '- What sealdex takes away is what another wrote between sealdex\'s last reading and its write; nobody can see that afterwards. What it does see gone it names.',
    '- Where the registry keeps referrers nobody races, but for `notation sign`, which writes to the digest tag there too unless it is told `--force-referrers-tag=false`. olareg 0.1.2 keeps its list without a lock and now and then loses an entry itself (lost by none): sealdex looks, and pushes again.',
    '- After each round the sealdex commands were run again: then all of ours was there, and nothing that had been there was gone. Sixteen of ours alone (sign, attach, attest) lose nothing.',
  ]
}

export function raceTable(rows: readonly RaceRow[]): readonly string[] {
  return [
    '| registry | tool | done | lost | of these, by sealdex | by cosign | by oras | by notation |',
    '|---|---|---|---|---|---|---|---|',
    ...ALL_REGISTRIES.flatMap((registry) => rows.filter((row) => row.registry === registry).map(({ tool, done, lost, by }) => (
      `| ${TITLES[registry]} | ${tool} | ${done} | ${lost} | ${TOOLS.map((other) => by[other]).join(' | ')} |`
    ))),
  ]
}
