import { expect } from 'chai'
import type { Signer } from 'ethers'
import { network } from 'hardhat'
import { deployOn } from '../../deploy/deploy.ts'
import { readParameters } from '../../deploy/readParameters.ts'
import { roles } from '../../deploy/roles.ts'
// Gives getContractAt the generated types of our contracts.
import type {} from '../../types/ethers/hardhat.d.ts'
import { freshMarket, genesis } from './market.ts'
import { executeAs, joinSignatures, type OwnerCall } from './ownerAccount.ts'

const examplePath = new URL('../../deploy/parameters/example.json', import.meta.url).pathname

/** The market as the example parameters of a public network deploy it: two of three signers own it. */
async function openOwned() {
  const connection = await network.create({ network: 'default', override: { chainId: 31_337 } })
  const { ethers, networkHelpers } = connection
  const deployment = await deployOn(connection, examplePath)
  if (deployment.ownerAccount === undefined) throw new Error('The example parameters name no owner account.')
  const market = await ethers.getContractAt('JobMarket', deployment.jobMarket)
  const manager = await ethers.getContractAt('AccessManager', deployment.accessManager)
  const pauseSwitch = await ethers.getContractAt('PauseSwitch', deployment.pauseSwitch)
  const account = await ethers.getContractAt('OwnerAccount', deployment.ownerAccount)
  const [deployer, first, second, third, guardian] = await ethers.getSigners()
  if (!deployer || !first || !second || !third || !guardian) throw new Error('Five accounts are needed.')
  const delays = readParameters(examplePath).AssayOwner
  if (delays === undefined) throw new Error('The example parameters have no delays.')

  const execute = (calls: readonly OwnerCall[], signers: readonly Signer[] = [first, second]) =>
    executeAs(account, { signers, calls })
  const call = (data: string, target: string = deployment.jobMarket): OwnerCall => ({ target, data })
  const schedule = (data: string, target: string = deployment.jobMarket) =>
    call(manager.interface.encodeFunctionData('schedule', [target, data, 0]), deployment.accessManager)
  const setFee = (bps: number) => market.interface.encodeFunctionData('setFeeBps', [bps])
  return {
    ...{ ethers, networkHelpers, deployment, market, manager, pauseSwitch, account, delays },
    ...{ deployer, first, second, third, guardian, execute, call, schedule, setFee },
  }
}

let opened: Promise<{ owned: Awaited<ReturnType<typeof openOwned>>; restore: () => Promise<void> }> | undefined

async function freshOwned() {
  opened ??= openOwned().then(async (owned) => {
    const snapshot = await owned.networkHelpers.takeSnapshot()
    return { owned, restore: () => snapshot.restore() }
  })
  const { owned, restore } = await opened
  await restore()
  return owned
}

describe('Governance', () => {
  it('error: S0-ESC-6 one signer cannot act for the owner', async () => {
    const { ethers, market, account, execute, schedule, setFee, first, third } = await freshOwned()

    await expect(execute([schedule(setFee(100))], [first])).to.be.revertedWithCustomError(account, 'SignaturesInvalid')
    const twice = execute([schedule(setFee(100))], [third, third])
    await expect(twice).to.be.revertedWithCustomError(account, 'SignaturesInvalid')
    await expect(market.connect(first).setFeeBps(100)).to.be.revertedWithCustomError(
      market,
      'AccessManagedUnauthorized',
    )

    expect(await ethers.provider.getCode(await account.getAddress())).to.not.equal('0x')
    expect(await market.feeBps()).to.equal(250n)
  })

  it('error: S0-ESC-6 a fee change does not take effect before its delay', async () => {
    const { networkHelpers, market, manager, execute, call, schedule, setFee, delays } = await freshOwned()

    await expect(execute([call(setFee(100))])).to.be.revertedWithCustomError(manager, 'AccessManagerNotScheduled')
    await execute([schedule(setFee(100))])
    await networkHelpers.time.increase(delays.feeDelay - 60)

    await expect(execute([call(setFee(100))])).to.be.revertedWithCustomError(manager, 'AccessManagerNotReady')
    expect(await market.feeBps()).to.equal(250n)
  })

  it('behavior: S0-ESC-5 S0-ESC-6 two of three signers change the fee after the delay', async () => {
    const { networkHelpers, market, execute, call, schedule, setFee, delays, second, third } = await freshOwned()

    await execute([schedule(setFee(100))])
    await networkHelpers.time.increase(delays.feeDelay)
    const change = execute([call(setFee(100))], [second, third])

    await expect(change).to.emit(market, 'FeeChanged').withArgs(250, 100)
    expect(await market.feeBps()).to.equal(100n)
  })

  it('error: S0-ESC-5 no number of signers passes the cap of the fee', async () => {
    const { networkHelpers, market, execute, call, schedule, setFee, delays, first, second, third } = await freshOwned()
    const all = [first, second, third]

    await execute([schedule(setFee(501))], all)
    await networkHelpers.time.increase(delays.feeDelay)

    const change = execute([call(setFee(501))], all)
    await expect(change).to.be.revertedWithCustomError(market, 'FeeTooHigh').withArgs(501, 500)
  })

  it('behavior: S0-ESC-6 a guardian cancels what the owner scheduled', async () => {
    const { networkHelpers, deployment, market, manager, account, guardian, execute, call, schedule, setFee, delays } =
      await freshOwned()
    await execute([schedule(setFee(100))])

    await manager.connect(guardian).cancel(await account.getAddress(), deployment.jobMarket, setFee(100))
    await networkHelpers.time.increase(delays.feeDelay)

    await expect(execute([call(setFee(100))])).to.be.revertedWithCustomError(manager, 'AccessManagerNotScheduled')
    expect(await market.feeBps()).to.equal(250n)
  })

  it('behavior: S0-ESC-6 a guardian pauses at once and cannot end the pause', async () => {
    const { networkHelpers, market, manager, pauseSwitch, guardian, first, execute, call, schedule, delays } =
      await freshOwned()
    const unpause = market.interface.encodeFunctionData('setPaused', [false])

    await expect(pauseSwitch.connect(first).pauseMarket()).to.be.revertedWithCustomError(
      pauseSwitch,
      'AccessManagedUnauthorized',
    )
    await pauseSwitch.connect(guardian).pauseMarket()
    expect(await market.paused()).to.equal(true)

    await expect(market.connect(guardian).setPaused(false)).to.be.revertedWithCustomError(
      market,
      'AccessManagedUnauthorized',
    )
    await expect(execute([call(unpause)])).to.be.revertedWithCustomError(manager, 'AccessManagerNotScheduled')
    await execute([schedule(unpause)])
    await networkHelpers.time.increase(delays.unpauseDelay)
    await execute([call(unpause)])
    expect(await market.paused()).to.equal(false)
  })

  it('invariant: S0-ESC-6 the deploying account is left with no role, and the owner waits to change one', async () => {
    const { deployment, manager, account, deployer, first, execute, call, delays } = await freshOwned()

    for (const role of Object.values(roles)) {
      expect((await manager.hasRole(role, deployer.address))[0], `role ${role}`).to.equal(false)
    }
    expect(await manager.hasRole(roles.admin, await account.getAddress())).to.deep.equal([
      true,
      BigInt(delays.adminDelay),
    ])
    const grant = manager.interface.encodeFunctionData('grantRole', [roles.feeSetter, first.address, 0])
    await expect(execute([call(grant, deployment.accessManager)])).to.be.revertedWithCustomError(
      manager,
      'AccessManagerNotScheduled',
    )
  })

  it('error: S0-ESC-6 only the account changes its signers, by its own signatures', async () => {
    const { deployment, account, first, third, execute } = await freshOwned()
    const target = await account.getAddress()
    const lower = account.interface.encodeFunctionData('setThreshold', [1])

    await expect(account.connect(first).setThreshold(1)).to.be.revertedWithCustomError(account, 'NotSelf')
    await expect(execute([{ target, data: lower }], [third])).to.be.revertedWithCustomError(
      account,
      'SignaturesInvalid',
    )
    await execute([{ target, data: lower }])

    expect(await account.threshold()).to.equal(1n)
    expect(deployment.ownerAccount).to.equal(target)
  })

  it('error: S0-ESC-6 signatures are good once, and until their deadline', async () => {
    const { account, first, second } = await freshOwned()
    const digest = await account.hashExecution([], 2n ** 40n)

    await executeAs(account, { signers: [first, second], calls: [] })

    expect(await account.hashExecution([], 2n ** 40n)).to.not.equal(digest)
    await expect(
      executeAs(account, { signers: [first, second], calls: [], deadline: 1n }),
    ).to.be.revertedWithCustomError(account, 'DeadlinePassed')
  })

  it('behavior: S0-ESC-6 the account signs as a contract (ERC-1271), bound to itself', async () => {
    const { ethers, account, first, second } = await freshOwned()
    const hash = ethers.id('an order')
    const domain = await account.eip712Domain()
    const prefixed = ethers.toUtf8Bytes('an order')
    const signature = (verifyingContract: string) =>
      joinSignatures([first, second], (signer) =>
        signer.signTypedData(
          { name: domain.name, version: domain.version, chainId: domain.chainId, verifyingContract },
          { PersonalSign: [{ name: 'prefixed', type: 'bytes' }] },
          { prefixed },
        ),
      )

    expect(await account.isValidSignature(hash, await signature(domain.verifyingContract))).to.equal('0x1626ba7e')
    expect(await account.isValidSignature(hash, await signature(first.address))).to.equal('0xffffffff')
  })

  it('invariant: S0-ESC-5 S0-ESC-6 every power of the owner together moves no escrow and changes no job', async () => {
    const { market, deployment, ethers, deployer, requester, worker, fakeOrder, answer, networkHelpers } =
      await freshMarket()
    const price = 10n ** 15n
    const order = fakeOrder({ minPrice: price, maxPrice: price })
    await networkHelpers.time.setNextBlockTimestamp(genesis + 500)
    await market.connect(requester).requestJob(order, { value: price })
    await market.connect(worker).claimJob(order)
    const jobId = await market.hashOrder(order)
    const before = await market.jobOf(jobId)
    const held = await ethers.provider.getBalance(deployment.jobMarket)

    await market.connect(deployer).setFeeBps(500)
    await market.connect(deployer).allowToken(deployment.accessManager, true)
    await market.connect(deployer).listAssurance(deployment.proofAssurance, 0)
    await market.connect(deployer).setPaused(true)

    expect(await market.jobOf(jobId)).to.deep.equal(before)
    expect(await ethers.provider.getBalance(deployment.jobMarket)).to.equal(held)
    const { result } = await answer(order, worker.address)
    await market.connect(worker).submitResult(order, result)
    expect((await market.jobOf(jobId)).feeBps).to.be.oneOf([0n, 250n])
    expect(await market.balanceOf(await market.treasury(), order.token)).to.deep.equal([(price * 250n) / 10_000n, 0n])
  })
})
