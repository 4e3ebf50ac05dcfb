import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Abi, encodeErrorResult, getContractError, RpcRequestError, zeroAddress } from 'viem'
import { getBlockNumber, readContract } from 'viem/actions'
import { errorsAbi } from './abi/errors.ts'
import { jobMarketAbi } from './abi/jobMarket.ts'
import { modelRegistryAbi } from './abi/modelRegistry.ts'
import { proofVerifierAbi } from './abi/proofVerifier.ts'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import { connectNetwork, NetworkInvalidError, parseNetwork } from './deployment.ts'
import { explainError, revertOf } from './errors.ts'

const networkFile = {
  name: 'test',
  chainId: 31_337,
  rpcUrl: 'http://127.0.0.1:1/',
  contentApiUrl: 'http://127.0.0.1:2',
  gatewayUrl: 'http://127.0.0.1:3',
  appUrl: 'http://127.0.0.1:4',
  deploymentBlock: 1,
  addresses: {
    jobMarket: zeroAddress,
    modelRegistry: zeroAddress,
    workerRegistry: zeroAddress,
    proofVerifier: zeroAddress,
    proofAssurance: zeroAddress,
  },
}

const samples: Record<string, unknown> = {
  address: '0x00000000000000000000000000000000000000aa',
  bytes32: `0x${'bb'.repeat(32)}`,
  string: 'text',
}

/** A failed call as viem throws it, with the error's data as a node returns it. */
function failedCall(abi: Abi, errorName: string, args: readonly unknown[]): Error {
  const data = encodeErrorResult({ abi, errorName, args })
  const cause = new RpcRequestError({
    body: {},
    url: 'http://x',
    error: { code: 3, message: 'execution reverted', data },
  })
  return getContractError(cause, { abi, address: zeroAddress, functionName: 'requestJob', args: [] })
}

describe('explainError', () => {
  for (const item of errorsAbi) {
    it(`error: ${item.name} is one sentence with its values`, () => {
      const args = item.inputs.map(
        ({ type }) => samples[type] ?? (['uint8', 'uint16', 'uint32', 'uint40'].includes(type) ? 3 : 4n),
      )

      const sentence = explainError(failedCall(errorsAbi, item.name, args))

      assert.match(sentence, /^[^\n]+\.$/)
      assert.doesNotMatch(sentence, /undefined|NaN|\[object/)
      for (const input of item.inputs) {
        if (input.type === 'address' && input.name !== 'token') assert.match(sentence, /0x0{38}aa/i, input.name)
      }
    })
  }

  it('invariant: every contract ABI decodes the errors of all contracts', () => {
    const namesOf = (abi: Abi) => abi.flatMap((item) => (item.type === 'error' ? [item.name] : [])).sort()

    for (const abi of [jobMarketAbi, modelRegistryAbi, workerRegistryAbi, proofVerifierAbi]) {
      assert.deepEqual(namesOf(abi), namesOf(errorsAbi))
    }
  })

  it('behavior: amounts are in ETH and times in UTC', () => {
    const price = explainError(failedCall(jobMarketAbi, 'PriceTooLow', [10n ** 15n, 10n ** 16n]))
    const late = explainError(failedCall(jobMarketAbi, 'DeadlinePassed', [1_700_000_000, 1_700_000_060n]))

    assert.equal(price, 'The least price is 0.001 ETH and this model takes 0.01 ETH; raise it.')
    assert.match(late, /2023-11-14T22:13:20Z.*2023-11-14T22:14:20Z/)
  })

  it('behavior: revertOf gives name and arguments, and nothing for other errors', () => {
    const error = failedCall(jobMarketAbi, 'NonceUsed', [samples.address, 7n])

    assert.deepEqual(revertOf(error), { name: 'NonceUsed', args: ['0x00000000000000000000000000000000000000AA', 7n] })
    assert.equal(revertOf(new Error('x')), undefined)
  })

  it('error: a chain that is down is named by its URL', async () => {
    const client = connectNetwork(parseNetwork(networkFile))
    const failures = await Promise.allSettled([
      getBlockNumber(client),
      readContract(client, {
        address: zeroAddress,
        abi: jobMarketAbi,
        functionName: 'nonceUsed',
        args: [zeroAddress, 0n],
      }),
    ])

    for (const failure of failures) {
      assert.equal(failure.status, 'rejected')
      assert.match(explainError(failure.reason), /^The chain at http:\/\/127\.0\.0\.1:1 does not answer; [^\n]+\.$/)
    }
  })

  it('behavior: our own errors speak for themselves, and anything else is one line', () => {
    assert.equal(explainError(new NetworkInvalidError({ path: 'chainId', reason: 'is missing' })).split('\n').length, 1)
    assert.equal(explainError(new Error('first\nsecond')), 'first')
    assert.equal(explainError('text'), 'text')
  })
})

describe('parseNetwork', () => {
  it('behavior: URLs lose their trailing slash', () => {
    assert.equal(parseNetwork(networkFile).rpcUrl, 'http://127.0.0.1:1')
  })

  const refused: [string, object, string][] = [
    [
      'an address of 39 digits',
      { addresses: { ...networkFile.addresses, jobMarket: `0x${'0'.repeat(39)}` } },
      'addresses.jobMarket',
    ],
    ['a URL of another scheme', { rpcUrl: 'file:///etc/passwd' }, 'rpcUrl'],
    ['a chain id as text', { chainId: '31337' }, 'chainId'],
  ]
  for (const [what, overrides, path] of refused) {
    it(`error: ${what} is refused at ${path}`, () => {
      assert.throws(() => parseNetwork({ ...networkFile, ...overrides }), { name: 'NetworkInvalidError', path })
    })
  }
})
