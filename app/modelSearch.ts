import type { ListedModel } from './hooks/useModelList'
import { type Task, taskNames, taskOf } from './modelTask.ts'

/** What the reader of the catalogue looks for. */
export type Sought = { text: string; task: Task | 'any'; setup: 'any' | 'real' | 'ceremony' }

/** The tasks to choose from. */
export const taskOptions = [
  { value: 'any', name: 'Any task' },
  // The keys of the names are the tasks.
  ...(Object.keys(taskNames) as Task[]).map((value) => ({ value, name: taskNames[value] })),
] as const

/** How far a model's keys can be trusted, to choose from. */
export const setupOptions = [
  { value: 'any', name: 'Any setup' },
  { value: 'real', name: 'No development keys' },
  { value: 'ceremony', name: 'Ceremonies only' },
] as const

/** Whether anything is looked for at all. */
export function isSought({ text, task, setup }: Sought): boolean {
  return text.trim() !== '' || task !== 'any' || setup !== 'any'
}

/** Whether a model is what is looked for: every word is in its name, description, id or owner. */
export function matches({ modelId, model, manifest }: ListedModel, { text, task, setup }: Sought): boolean {
  const { kind } = model.setup
  if (setup === 'real' && kind === 'insecure-dev') return false
  if (setup === 'ceremony' && kind !== 'ceremony') return false
  if (task !== 'any' && (!manifest || taskOf(manifest) !== task)) return false
  const said = [modelId, model.owner, manifest?.name, manifest?.description].join(' ').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word))
}
