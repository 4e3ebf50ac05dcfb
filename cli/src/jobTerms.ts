import { type OrderTerms, PriceZeroError } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import type { MarketClient } from '@assay/sdk/deployment'
import { encodeInput } from '@assay/sdk/encodeInput'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getModel } from '@assay/sdk/getModel'
import type { Command } from 'commander'
import type { Address, Hex } from 'viem'
import { addressArgument, etherArgument, etherOption, idArgument } from './arguments.ts'
import type { Context } from './context.ts'
import { readInputValues } from './readValues.ts'

/** What {@link addTermsOptions} reads. Prices in wei. */
export type TermsOptions = { model: Hex; input: string; maxPrice: bigint; minPrice?: bigint; worker?: Address }

/** Adds the options that say what is asked of whom at which price. */
export function addTermsOptions(command: Command): Command {
  return command
    .requiredOption('--model <modelId>', 'id of the model', idArgument)
    .requiredOption('--input <file>', 'the input, row by row, channels last (.json or .npy)')
    .addOption(etherOption('--max-price <eth>', 'the most the job may cost', '0.01'))
    .option('--min-price <eth>', 'where the price starts to climb', etherArgument)
    .option('--worker <operator>', 'the only worker that may claim it; any unless told', addressArgument)
}

/**
 * Reads the input, encodes it as the model takes it, and uploads it. Everything that can be wrong is found before anything is uploaded.
 * @throws PriceZeroError, FileUnreadableError, and the errors of the sdk's getModel, fetchManifest, encodeInput and addContent
 */
export async function readTerms(
  context: Context,
  { client, options }: { client: MarketClient; options: TermsOptions },
): Promise<OrderTerms> {
  const deployment = context.network()
  if (options.maxPrice === 0n) throw new PriceZeroError()
  const values = readInputValues(options.input)
  const model = await getModel(client, { deployment, modelId: options.model })
  const manifest = await fetchManifest({ gatewayUrl: deployment.gatewayUrl, model }, context.signal)
  const input = await encodeInput(manifest.input, values)
  context.output.progress('uploading the input …')
  await addContent({ apiUrl: deployment.contentApiUrl, bytes: input.bytes }, context.signal)
  return {
    modelId: options.model,
    input,
    maxPrice: options.maxPrice,
    ...(options.minPrice === undefined ? {} : { minPrice: options.minPrice }),
    ...(options.worker === undefined ? {} : { allowedWorker: options.worker }),
  }
}
