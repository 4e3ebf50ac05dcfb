import { type ContentBlocks, openContentBlocks } from './contentBlocks.ts'
import { type ContentSource, embeddedSource, gatewaySource, kuboSource } from './contentSource.ts'

/** Opens this machine's store and lists all sources in the order in which they are asked: the store, Kubo nodes, gateways. */
export async function openContentSources({
  directory,
  kuboUrls,
  gatewayUrls,
}: {
  directory: string
  kuboUrls: readonly string[]
  gatewayUrls: readonly string[]
}): Promise<{ blocks: ContentBlocks; sources: ContentSource[] }> {
  const blocks = await openContentBlocks(directory)
  return { blocks, sources: [embeddedSource(blocks), ...kuboUrls.map(kuboSource), ...gatewayUrls.map(gatewaySource)] }
}
