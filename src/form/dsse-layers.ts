import type { Descriptor } from '../oci/descriptor.ts'
import type { Document } from '../oci/document.ts'
import type { Beside, FoundEnvelope } from './found.ts'

/** The layers of a manifest that are bare DSSE envelopes, each with what its form says of it. */
export function dsseLayers({ layers }: Extract<Document, { readonly kind: 'manifest' }>, form: string, beside: Beside, readLayer: (layer: Descriptor) => Pick<FoundEnvelope, 'material' | 'carrier'> | null): readonly FoundEnvelope[] {
  return layers.flatMap((layer, i) => {
    const read = readLayer(layer)
    return read === null ? [] : [{ form, beside, at: `layers[${String(i).padStart(5, '0')}]`, kind: 'envelope', container: 'dsse', blob: layer, bytes: null, ...read }]
  })
}
