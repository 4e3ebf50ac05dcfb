import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { decodeProof, type Proof } from '@assay/circuits/proof'
import type { OrderTerms } from '@assay/sdk/buildOrder'
import { holdsOnChain } from '@assay/sdk/checkProof'
import { addContent } from '@assay/sdk/content'
import { connectNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { encodeInput } from '@assay/sdk/encodeInput'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getJob } from '@assay/sdk/getJob'
import { getModel, type Model } from '@assay/sdk/getModel'
import { requestJob } from '@assay/sdk/requestJob'
import { watchJob } from '@assay/sdk/watchJob'
import type { Browser, Page } from 'playwright-core'
import { decodeAbiParameters, type Hex, parseEther } from 'viem'
import { accounts } from '../../scripts/devnet/accounts.ts'
import { fixtureModels } from '../../scripts/devnet/fixtureModels.ts'
import { portsFrom } from '../../scripts/devnet/ports.ts'
import { type Devnet, startDevnet } from '../../scripts/devnet/startDevnet.ts'
import { loadMnist } from '../../scripts/mnist.ts'
import { assertAccessible, connectDevelopmentWallet, launchBrowser, newPage, photograph } from './browser.ts'

describe('proving in the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-page-prove-'))
  let devnet: Devnet
  let browser: Browser
  let model: Model
  let settled: Hex

  before(async () => {
    const ports = portsFrom(String(20_000 + 4 * Math.floor(Math.random() * 3000)))
    devnet = await startDevnet({ folder, ports, models: fixtureModels.slice(1) })
    browser = await launchBrowser()
    const [published] = devnet.models
    assert.ok(published)
    const { modelId } = published.model
    model = await getModel(reader(), { deployment: devnet.network, modelId })
    settled = await ask({})
    for await (const event of watchJob(reader(), { deployment: devnet.network, jobId: settled })) {
      if (event.name === 'JobSettled') break
    }
  })

  after(async () => {
    await browser?.close()
    await devnet?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const reader = () => connectNetwork(devnet.network)

  /** Asks the model about the first held-out digit. */
  async function ask(terms: Partial<OrderTerms>): Promise<Hex> {
    const { network } = devnet
    const [digit] = loadMnist().heldOut
    assert.ok(digit)
    const manifest = await fetchManifest({ gatewayUrl: network.gatewayUrl, model })
    const input = await encodeInput(manifest.input, digit.pixels)
    await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
    const account = developmentAccount({ chainId: network.chainId, index: accounts.requester })
    const order = { modelId: model.modelId, input, maxPrice: parseEther('0.01'), ...terms }
    return (await requestJob(connectNetwork(network, account), { deployment: network, terms: order })).jobId
  }

  async function prove(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Prove in this browser' }).click()
    await page.locator('[data-proven=same]').waitFor()
    assert.equal(await page.locator('[data-stage][data-outcome=held]').count(), 4)
  }

  for (const width of [390, 1440] as const) {
    test(`behavior: an answer is proved in the page, and the chain takes the saved proof of it alone, at ${width} px`, async () => {
      const { page, complaints } = await newPage(browser, { width, theme: 'light' })
      await page.goto(`${devnet.appUrl}/job/?id=${settled}`)
      await page.getByRole('button', { name: 'Prove in this browser' }).waitFor()
      await assertAccessible(page)
      await prove(page)
      await photograph(page, `proved-here-${width}`)
      await assertAccessible(page)

      const downloading = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save the proof' }).click()
      const saved = readSaved(await (await downloading).path())
      const { answer } = await getJob(reader(), { deployment: devnet.network, jobId: settled })
      assert.deepEqual(saved.signals.slice(0, -2), answer?.outputs)
      const claim = { deployment: devnet.network, keyHash: model.keyHash, proof: saved.proof }
      assert.equal(await holdsOnChain(reader(), { ...claim, signals: saved.signals }), true)
      for (const [index] of saved.signals.entries()) {
        const signals = saved.signals.map((signal, at) => (at === index ? signal ^ 1n : signal))
        assert.equal(await holdsOnChain(reader(), { ...claim, signals }), false, `signal ${index} changed`)
      }
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  test('behavior: a job that nobody took is proved in the page, handed in, and pays its prover', async () => {
    const own = developmentAccount({ chainId: devnet.network.chainId, index: accounts.page }).address
    const jobId = await ask({ allowedWorker: own })
    const { page, complaints } = await newPage(browser, { width: 390, theme: 'dark' })
    await page.goto(`${devnet.appUrl}/job/?id=${jobId}`)
    await connectDevelopmentWallet(page)
    await page.getByText('the first proof settles it').waitFor()
    await prove(page)
    await page.getByRole('button', { name: 'Hand it in and be paid' }).click()
    await page.locator('[data-stage=Settled][data-state=done]').waitFor()

    const { payout } = await getJob(reader(), { deployment: devnet.network, jobId })
    assert.equal(payout?.worker, own)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('soundness: a proof that its program forged is refused by the chain and shown red', async () => {
    const { page } = await newPage(browser, { width: 1440, theme: 'light' })
    await forgeProof(page, 'same signals')
    await page.goto(`${devnet.appUrl}/job/?id=${settled}`)
    await page.getByRole('button', { name: 'Prove in this browser' }).click()

    await page.locator('[data-stage=check][data-outcome=failed]').waitFor()
    await page.getByText("the chain's verifier says that it does not hold").waitFor()
    assert.equal(await page.locator('[data-proven]').count(), 0)
    await photograph(page, 'prove-refused-1440')
    await assertAccessible(page)
    await page.context().close()
  })

  test('soundness: a proof of another answer than the model gives is refused', async () => {
    const { page } = await newPage(browser, { width: 390, theme: 'light' })
    await forgeProof(page, 'another answer')
    await page.goto(`${devnet.appUrl}/job/?id=${settled}`)
    await page.getByRole('button', { name: 'Prove in this browser' }).click()

    await page.locator('[data-stage=check][data-outcome=failed]').waitFor()
    await page.getByText('of other public signals than this question has').waitFor()
    await page.context().close()
  })

  /** Puts a program in the prover's place that answers with points on the curves, the generators, for the witness's signals. */
  async function forgeProof(page: Page, claim: 'same signals' | 'another answer') {
    const { answer } = await getJob(reader(), { deployment: devnet.network, jobId: settled })
    const signalCount = (answer?.outputs.length ?? 0) + 2
    // A .wtns file's values begin at byte 76, each of 32 bytes, the last one first; the first value is 1.
    const body = `onmessage = ({ data: { wtns } }) => {
      const valueAt = (index) => [...wtns.slice(76 + 32 * index, 108 + 32 * index)].reverse().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
      const signals = Array.from({ length: ${signalCount} }, (_, index) => valueAt(index + 1))
      ${claim === 'another answer' ? 'signals[0] += 1n' : ''}
      postMessage({ kind: 'proved', proof: ${JSON.stringify(generators)}, publicSignals: signals.map(String) })
    }`
    await page.route('**/prover/program.js', (route) => route.fulfill({ contentType: 'text/javascript', body }))
  }
})

/** The proof and its public signals in a file that the page saved. */
function readSaved(path: string): { signals: bigint[]; proof: Proof } {
  // The page writes these members; a wrong one fails the chain's check.
  const { signals, evidence } = JSON.parse(readFileSync(path, 'utf8')) as { signals: string[]; evidence: Hex }
  const [words] = decodeAbiParameters([{ type: 'uint256[8]' }], evidence)
  return { signals: signals.map(BigInt), proof: decodeProof(words) }
}

/** The generators of both groups, in the form in which snarkjs writes a proof. */
const generators = {
  pi_a: ['1', '2', '1'],
  pi_b: [
    [
      '10857046999023057135944570762232829481370756359578518086990519993285655852781',
      '11559732032986387107991004021392285783925812861821192530917403151452391805634',
    ],
    [
      '8495653923123431417604973247489272438418190587263600148770280649306958101930',
      '4082367875863433681332203403145435568316851327593401208105741076214120093531',
    ],
    ['1', '0'],
  ],
  pi_c: ['1', '2', '1'],
  protocol: 'groth16',
  curve: 'bn128',
}
