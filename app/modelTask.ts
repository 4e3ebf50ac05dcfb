import type { Manifest } from '@assay/sdk/manifest'

/** What a model is for, as far as its manifest's shapes say. */
export type Task = 'image-label' | 'image-values' | 'table-label' | 'table-values'

/** Each task as a filter and a card say it. */
export const taskNames: Record<Task, string> = {
  'image-label': 'Image to label',
  'image-values': 'Image to values',
  'table-label': 'Table row to label',
  'table-values': 'Table row to values',
}

/** What goes into a model and what comes out of it. */
export function taskOf({ input, output }: Pick<Manifest, 'input' | 'output'>): Task {
  return `${input.kind === 'image' ? 'image' : 'table'}-${output.kind === 'scores' ? 'label' : 'values'}`
}
