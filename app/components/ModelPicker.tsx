'use client'
import type { DigitModel } from '../digitModels'
import { formatCount } from '../formatCount'
import { shortText } from '../shortText'
import { Amount } from './Amount'
import { SetupBadge } from './SetupBadge'

/** The registered models as radio cards, with what a requester should know before choosing one. */
export function ModelPicker({
  models,
  chosen,
  onChoose,
}: {
  models: readonly DigitModel[]
  chosen: string | undefined
  onChoose: (modelId: DigitModel['modelId']) => void
}) {
  return (
    <fieldset className="grid gap-3">
      <legend className="sr-only">Model</legend>
      {models.map((listed) => (
        <ModelCard
          key={listed.modelId}
          listed={listed}
          checked={listed.modelId === chosen}
          onChoose={() => onChoose(listed.modelId)}
        />
      ))}
    </fieldset>
  )
}

function ModelCard({ listed, checked, onChoose }: { listed: DigitModel; checked: boolean; onChoose: () => void }) {
  const { modelId, manifest, problem } = listed
  return (
    <label
      className={`block rounded-md border p-4 transition-colors has-focus-visible:outline-3 has-focus-visible:outline-brass has-focus-visible:outline-offset-2 ${checked ? 'border-ink bg-ground' : 'border-line'} ${problem ? 'opacity-75' : 'hover:border-edge'}`}
    >
      <span className="flex items-start gap-3">
        <input
          type="radio"
          name="model"
          value={modelId}
          checked={checked}
          disabled={problem !== undefined}
          onChange={onChoose}
          className="mt-1 size-4 shrink-0 accent-brass outline-none"
        />
        <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <span className="block font-semibold leading-snug">{shortText(manifest?.name ?? 'Unnamed model', 48)}</span>
          {manifest && (
            <span className="mt-0.5 block text-quiet text-sm leading-normal">
              {shortText(manifest.description, 110)}
            </span>
          )}
          {problem && <span className="mt-1 block text-failed text-sm leading-normal">{problem}</span>}
        </span>
      </span>
      {manifest && <ModelFacts listed={listed} manifest={manifest} folded={!checked} />}
    </label>
  )
}

type ModelFactsProps = { listed: DigitModel; manifest: NonNullable<DigitModel['manifest']>; folded: boolean }

/** On a phone only the chosen model shows its numbers, so that the pad is not far below. */
function ModelFacts({ listed, manifest, folded }: ModelFactsProps) {
  const { accuracy, constraints } = manifest
  return (
    <span className="mt-3 grid gap-3 border-line border-t pt-3">
      <span className={`grid grid-cols-2 gap-x-4 gap-y-2 text-sm ${folded ? 'max-md:hidden' : ''}`}>
        <Fact
          name="Right answers"
          why={
            accuracy
              ? `Measured by its owner on ${accuracy.samples} samples it was not trained on`
              : 'Its owner published no measurement'
          }
        >
          {accuracy ? `${(accuracy.exact * 100).toFixed(1)} %` : 'not measured'}
        </Fact>
        <Fact name="Price from" why="The least that its owner lets it be asked for">
          <Amount wei={listed.model.floorPrice} />
        </Fact>
        <Fact name="Royalty" why="The part of the price that the model’s owner earns">
          {listed.model.royaltyBps / 100} %
        </Fact>
        <Fact name="Equations proved" why="A proof shows that all of them hold; more take longer to prove">
          {formatCount(constraints)}
        </Fact>
      </span>
      <span>
        <SetupBadge kind={manifest.setup.kind} contributions={listed.model.setup.contributions} />
      </span>
    </span>
  )
}

function Fact({ name, why, children }: { name: string; why: string; children: React.ReactNode }) {
  return (
    <span className="block" title={why}>
      <span className="block text-quiet text-xs">{name}</span>
      <span className="figures block">{children}</span>
    </span>
  )
}
