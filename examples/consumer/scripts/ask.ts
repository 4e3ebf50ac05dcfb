// Deploys DigitReader, asks it about a picture, and waits until the market has called it with the proved answer.
//   hardhat run scripts/ask.ts --network devnet
// DIGIT names the picture, a JSON array of grey values; by default the one that `npm start` drew.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { addContent, encodeInput, fetchManifest, listModels, parseNetwork, watchJob } from '@assay/sdk'
import hre from 'hardhat'
import { formatEther, parseEther, zeroAddress } from 'viem'
import { networkFile } from '../networkFile.ts'

const price = parseEther('0.01')
const patience = AbortSignal.timeout(15 * 60_000)

const deployment = parseNetwork(JSON.parse(readFileSync(networkFile, 'utf8')))
const { viem } = await hre.network.getOrCreate()
const client = await viem.getPublicClient()

// The newest model that reads digits; a contract of your own would name its model.
const { models } = await listModels(client, { deployment })
const candidates = await Promise.all(
  models.map(async (model) => ({ model, manifest: await fetchManifest({ gatewayUrl: deployment.gatewayUrl, model }) })),
)
const chosen = candidates.find(
  ({ manifest }) => manifest.input.kind === 'image' && manifest.output.labels?.length === 10,
)
if (chosen === undefined) throw new Error('No model that reads digits is registered; start a devnet with `npm start`.')
const { model, manifest } = chosen

const terms = {
  ...{ modelId: model.modelId, assurance: deployment.addresses.proofAssurance, assuranceData: '0x' as const },
  ...{ token: zeroAddress, minPrice: price, maxPrice: price, rampSeconds: 0, claimSeconds: 600, proveSeconds: 300 },
  ...{ judgeSeconds: 0, bond: price, minContributions: 0, maxFeeBps: 500, callbackGas: 200_000 },
}
const { jobMarket } = deployment.addresses
const reader = await viem.deployContract('DigitReader', [jobMarket, terms, BigInt(manifest.output.bits)])
console.log(
  `DigitReader stands at ${reader.address} and asks "${manifest.name}" for ${formatEther(price)} ETH a picture.`,
)

const digit = process.env.DIGIT ?? path.join(path.dirname(networkFile), 'digit.json')
const input = await encodeInput(manifest.input, JSON.parse(readFileSync(digit, 'utf8')))
// Workers read the picture before they claim the job.
await addContent({ apiUrl: deployment.contentApiUrl, bytes: input.bytes })
await reader.write.read([input.inputCommitment, input.inputRoot, input.inputCid], { value: price })
const [requested] = await reader.getEvents.InferenceRequested()
const jobId = requested?.args.jobId
if (jobId === undefined) throw new Error('The contract asked for nothing.')
console.log(`It requested job ${jobId}.`)

for await (const { name } of watchJob(client, { deployment, jobId, signal: patience })) console.log(`  ${name}`)
console.log(`The contract knows: the picture shows a ${await reader.read.digitOf([1n])}.`)
