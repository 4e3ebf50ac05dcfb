import { countOf } from '@assay/sdk/manifest'
import type { ListedModel } from './hooks/useModelList'

/** A model in the choice for a drawn digit; `problem` says in a sentence why it cannot be asked one. */
export type DigitModel = ListedModel & { problem?: string }

/** The models as a choice for a drawn digit: those that can be asked one stand before the others. */
export function digitModels(models: readonly ListedModel[]): DigitModel[] {
  return models
    .map((listed) => {
      const problem = problemOf(listed)
      return problem === undefined ? listed : { ...listed, problem }
    })
    .sort((a, b) => Number(problemOf(a) !== undefined) - Number(problemOf(b) !== undefined))
}

function problemOf({ model, manifest, unreadable }: ListedModel): string | undefined {
  if (!manifest) return unreadable
  if (model.deprecated) return 'Its owner has retired it: it takes no new jobs.'
  const { input, output } = manifest
  if (input.kind !== 'image' || countOf(input.shape) !== 784 || output.kind !== 'scores') {
    return 'It takes something else than a drawn digit: ask it with the command line.'
  }
  return undefined
}
