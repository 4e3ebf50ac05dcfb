'use client'
import type { Model } from '@assay/sdk/getModel'
import type { Manifest } from '@assay/sdk/manifest'
import { formatEther } from 'viem'
import { askingPrice } from '../askingPrice'
import { modelSnippets } from '../modelSnippets'
import { SnippetBlock } from './SnippetBlock'
import { Tabs } from './Tabs'

/** Code that asks this model, to copy: from a program, from a terminal, from a contract. */
export function ModelCode({ model, manifest }: { model: Model; manifest: Manifest }) {
  const maxPrice = formatEther(askingPrice(model.floorPrice).maxPrice)
  const { typescript, shell, solidity } = modelSnippets({ modelId: model.modelId, manifest, maxPrice })
  return (
    <Tabs
      label="Ask it from"
      tabs={[
        { name: 'Program', content: <SnippetBlock language="TypeScript" code={typescript} /> },
        { name: 'Terminal', content: <SnippetBlock language="Command line" code={shell} /> },
        { name: 'Contract', content: <SnippetBlock language="Solidity" code={solidity} /> },
      ]}
    />
  )
}
