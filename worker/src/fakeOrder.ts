import type { JobOrder } from '@assay/sdk/order'
import { zeroAddress, zeroHash } from 'viem'

/** An order for tests, with what a test does not care about filled in. */
export function fakeOrder(overrides: Partial<JobOrder> = {}): JobOrder {
  return {
    requester: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    token: zeroAddress,
    minPrice: 10n,
    maxPrice: 20n,
    rampStart: 100,
    rampSeconds: 60,
    claimDeadline: 700,
    proveSeconds: 300,
    finalDeadline: 1300,
    modelId: zeroHash,
    inputCommitment: 2n ** 200n,
    inputRoot: zeroHash,
    inputCid: zeroHash,
    assurance: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
    assuranceData: '0x',
    bond: 2n ** 90n,
    allowedWorker: zeroAddress,
    minContributions: 0,
    callback: zeroAddress,
    callbackGas: 0,
    maxFeeBps: 500,
    nonce: 7n,
    ...overrides,
  }
}
