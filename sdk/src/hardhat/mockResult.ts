import { packOutput } from '@assay/circuits/packing'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { encodeFunctionData, type Hex, parseAbi } from 'viem'
import { errorsAbi } from '../abi/errors.ts'
import { sendCall } from '../sendCall.ts'
import { hexOption, TaskOptionError, taskClient } from './taskClient.ts'

const fakeAbi = [
  ...parseAbi([
    'function mockResult(bytes32 jobId, uint256[] outputs)',
    'function mockExpiry(bytes32 jobId)',
    'function mockFailure(bytes32 jobId, uint8 reason) payable',
  ]),
  ...errorsAbi,
] as const

type Options = { market: string; job: string; values: string; bits: number; expired: boolean; failed: boolean }

/** `hardhat assay:mock-result`; its transaction's hash, once it is mined. */
// biome-ignore lint/style/noDefaultExport: Hardhat takes a task's action from the default export
export default async function mockResult(options: Options, hre: HardhatRuntimeEnvironment): Promise<Hex> {
  const to = hexOption({ option: 'market', given: options.market, bytes: 20 })
  const data = callOf(options)
  const connection = await hre.network.getOrCreate()
  const { transactionHash } = await sendCall(await taskClient(connection), { to, abi: fakeAbi, data })
  process.stdout.write(`job ${options.job} told in transaction ${transactionHash}\n`)
  return transactionHash
}

function callOf({ job, values, bits, expired, failed }: Options): Hex {
  const jobId = hexOption({ option: 'job', given: job, bytes: 32 })
  if (expired && failed) throw new TaskOptionError({ option: 'failed', given: 'true', needed: 'it without --expired' })
  if (expired) return encodeFunctionData({ abi: fakeAbi, functionName: 'mockExpiry', args: [jobId] })
  if (failed) return encodeFunctionData({ abi: fakeAbi, functionName: 'mockFailure', args: [jobId, 0] })
  if (!/^-?\d+(,-?\d+)*$/.test(values)) {
    throw new TaskOptionError({ option: 'values', given: values, needed: 'integers separated by commas' })
  }
  const outputs = packOutput(Int32Array.from(values.split(','), Number), { bits })
  return encodeFunctionData({ abi: fakeAbi, functionName: 'mockResult', args: [jobId, outputs] })
}
