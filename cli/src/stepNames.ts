import type { PrepareStep } from '@assay/circuits/prepareModel'
import type { PublishStep } from '@assay/sdk/publishModel'

/** What progress calls each step of a publication. */
export const stepNames: Record<PrepareStep | PublishStep, string> = {
  parse: 'parsing the model',
  quantize: 'making it exact',
  measure: 'measuring its accuracy',
  compile: 'writing its constraints',
  setup: 'setting up proving and verification keys (insecure-dev)',
  prove: 'proving a sample',
  upload: 'uploading the model',
  check: 'reading every byte back',
  register: 'registering',
}
