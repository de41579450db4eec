import { describe, expect, it } from 'vitest'
import { parsePlatformName } from '../../src/oci/platform.ts'
import type { Graph } from '../../src/verify/graph.ts'
import { judge } from '../../src/verify/judge.ts'
import { RUNTIMES } from '../../src/verify/runtimes.ts'
import { d, factsOf, graphOf, policyOf, signed, type FactsOptions } from './model.ts'

function picks(graph: Graph, platform: string): Record<string, string | null> {
  return Object.fromEntries(RUNTIMES.map((runtime) => [runtime.name, runtime.pick(graph, parsePlatformName(platform))]))
}

const every = (name: string): Record<string, string> => Object.fromEntries(RUNTIMES.map((runtime) => [runtime.name, d(name)]))

describe('R7: what each kind of runtime takes', () => {
  it('all agree on an ordinary index', () => {
    expect(picks(graphOf(['amd64 linux/amd64', 'arm64 linux/arm64']), 'linux/arm64')).toEqual(every('arm64'))
  })

  it('ggcr takes an entry without platform for linux/amd64, the others take it last', () => {
    const graph = graphOf(['none image', 'amd64 linux/amd64'])
    expect(picks(graph, 'linux/amd64')).toEqual({ ...every('amd64'), ggcr: d('none') })
    expect(picks(graphOf(['none image', 'arm64 linux/arm64']), 'linux/amd64')).toMatchObject({ ggcr: d('none'), containerd: d('none'), 'containers/image': d('none'), docker: d('none') })
  })

  it('containerd descends into nested indexes, ggcr enters one that it takes, the others do not', () => {
    const graph = graphOf(['inner nested'], { inner: ['amd64 linux/amd64', 'arm64 linux/arm64'] })
    expect(picks(graph, 'linux/amd64')).toEqual({ docker: null, 'containers/image': null, 'first-match': null, ggcr: d('amd64'), containerd: d('amd64') })
    expect(picks(graph, 'linux/arm64')).toMatchObject({ ggcr: null, containerd: d('arm64') })
  })

  it('unknown/unknown is no candidate', () => {
    expect(picks(graphOf(['att unknown/unknown', 'amd64 linux/amd64']), 'linux/amd64')).toEqual(every('amd64'))
  })

  it('falls back from a variant to a lower one, never to a higher', () => {
    const graph = graphOf(['v5 linux/arm/v5', 'v6 linux/arm/v6', 'v8 linux/arm/v8'])
    expect(picks(graph, 'linux/arm/v7')).toMatchObject({ containerd: d('v6'), docker: d('v6'), 'containers/image': d('v6') })
  })
})

describe('R7: a pick that is not covered is a divergence, in every mode', () => {
  const decide = async (options: FactsOptions, require: object = {}): Promise<string[]> => {
    const { outcome, reasons } = judge(factsOf(options), await policyOf(require))
    return [outcome, ...reasons.filter((r) => r.effect === 'decides').map((r) => r.code)]
  }

  it('a signed nested index lends no trust to an unsigned sibling', async () => {
    const graph = graphOf(['stranger linux/amd64', 'arm64 linux/arm64', 'inner nested'], { inner: ['amd64 linux/amd64', 'arm64 linux/arm64'] })
    for (const coverage of ['all', 'index'] as const) {
      expect(await decide({ graph, checked: [signed('a', 'inner')] }, { coverage })).toEqual(expect.arrayContaining(['deny', 'runtime-divergence']))
    }
    expect(await decide({ graph, platform: 'linux/amd64', checked: [signed('a', 'amd64')] }, { coverage: 'each' })).toContain('runtime-divergence')
  })

  it('an unsigned image without platform stands before the signed ones', async () => {
    const graph = graphOf(['none image', 'amd64 linux/amd64', 'arm64 linux/arm64'])
    const checked = [signed('a', 'amd64'), signed('a', 'arm64')]
    expect(await decide({ graph, checked })).toContain('runtime-divergence')
    expect(await decide({ graph, checked, platform: 'linux/amd64' })).toContain('runtime-divergence')
    expect(await decide({ graph, checked, platform: 'linux/arm64' })).toEqual(['allow', 'requirements-met'])
  })

  it('an unsigned artifact without platform first is what ggcr brings as the image', async () => {
    const checked = [signed('a', 'amd64'), signed('a', 'arm64')]
    const first = graphOf(['sbom artifact', 'amd64 linux/amd64', 'arm64 linux/arm64'])
    expect(await decide({ graph: first, checked })).toContain('runtime-divergence')
    expect(await decide({ graph: first, checked, platform: 'linux/arm64' })).toEqual(['allow', 'requirements-met'])
    expect(await decide({ graph: first, checked: [signed('a', 'root')] })).toEqual(['allow', 'requirements-met'])
    expect(await decide({ graph: graphOf(['amd64 linux/amd64', 'sbom artifact', 'arm64 linux/arm64']), checked })).toEqual(['allow', 'requirements-met'])
    expect(await decide({ graph: graphOf(['sbom artifact', 'arm64 linux/arm64']), checked: [signed('a', 'arm64')] })).toEqual(['allow', 'requirements-met'])
  })

  it('no pick is no divergence', async () => {
    const graph = graphOf(['inner nested'], { inner: ['amd64 linux/amd64', 'arm64 linux/arm64'] })
    expect(await decide({ graph, checked: [signed('a', 'inner')] })).toEqual(['allow', 'requirements-met'])
  })

  it('is indeterminate while a place of the pick failed', async () => {
    const graph = graphOf(['none image', 'amd64 linux/amd64'])
    expect(await decide({ graph, platform: 'linux/amd64', checked: [signed('a', 'amd64')], failed: ['none'] })).toContain('indeterminate')
  })
})
