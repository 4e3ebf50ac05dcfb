import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Address, createClient, custom, type Hash, type Hex, numberToHex } from 'viem'
import { type AnnouncementNotes, announceBeacon, BeaconUnannouncedError } from './announceBeacon.ts'
import { announcementOf, type CeremonyRecord } from './ceremonyRecord.ts'
import { fakeRecord } from './fakeRecord.ts'

const owner: Address = `0x${'11'.repeat(20)}`
const record = fakeRecord()

/** Who sent which data in the chain's only transaction, and in which block it stands, each time that somebody asks. */
type Announced = { from: Address; input: Hex; blocks: number[] }

/** A chain with at most one transaction; a hash of a block is its number. `comes`: its newest block each time that somebody asks. */
function fakeChain(announced?: Announced, comes: number[] = []) {
  const sent: { to: Address; data: Hex }[] = []
  let transaction = announced
  let newest = 7
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    if (method === 'eth_sendTransaction') {
      const [{ from, to, data }] = params as [{ from: Address; to: Address; data: Hex }]
      sent.push({ to, data })
      newest++
      transaction = { from, input: data, blocks: [newest] }
      return hashOfOwn
    }
    if (method === 'evm_mine') newest++
    if (method === 'eth_blockNumber') return numberToHex(comes.shift() ?? newest)
    if (method === 'eth_getBlockByNumber') {
      const [number] = params as [Hex]
      return { number, hash: hashOf(Number(number)), transactions: [] }
    }
    if (transaction && method === 'eth_getTransactionReceipt') {
      const { blocks } = transaction
      const block = blocks.length > 1 ? blocks.shift() : blocks[0]
      return { transactionHash: hashOfOwn, blockNumber: numberToHex(block ?? 0), status: '0x1' }
    }
    if (transaction && method === 'eth_getTransactionByHash') return { hash: hashOfOwn, ...transaction }
    return null
  }
  return { client: createClient({ account: owner, transport: custom({ request }) }), sent }
}

const hashOfOwn: Hash = `0x${'ab'.repeat(32)}`
const hashOf = (block: number) => numberToHex(block, { size: 32 })

function fakeNotes(kept?: Hash): AnnouncementNotes & { kept: Hash | undefined } {
  const notes = {
    kept,
    read: async () => notes.kept,
    write: async (hash: Hash | undefined) => {
      notes.kept = hash
    },
  }
  return notes
}

describe('announceBeacon', () => {
  it('behavior: the owner announces the record and how far ahead the block is, and gets its hash when it is there', async () => {
    const { client, sent } = fakeChain()
    const notes = fakeNotes()

    const announced = await announceBeacon(client, { record, delayBlocks: 3, notes })

    assert.deepEqual(sent, [{ to: owner, data: announcementOf(record, 3) }])
    assert.deepEqual(announced, { transaction: hashOfOwn, block: 11, blockHash: hashOf(11) })
    assert.equal(notes.kept, hashOfOwn)
  })

  it('behavior: a kept announcement is gone on with, by the delay that it says itself', async () => {
    const { client, sent } = fakeChain({ from: owner, input: announcementOf(record, 4), blocks: [5] })

    const { block } = await announceBeacon(client, { record, delayBlocks: 3, notes: fakeNotes(hashOfOwn) })

    assert.equal(block, 9)
    assert.deepEqual(sent, [])
  })

  it('behavior: an announcement that a wallet sent again with another fee is kept by its new hash', async () => {
    const { client } = fakeChain({ from: owner, input: announcementOf(record, 4), blocks: [5] })
    const notes = fakeNotes(hashOf(1))

    const { transaction } = await announceBeacon(client, { record, delayBlocks: 3, notes })

    assert.equal(transaction, hashOfOwn)
    assert.equal(notes.kept, hashOfOwn)
  })

  it('soundness: an announcement that a reorganisation moved takes its block along', async () => {
    const { client } = fakeChain({ from: owner, input: announcementOf(record, 4), blocks: [5, 6] })

    const { block } = await announceBeacon(client, { record, delayBlocks: 4, notes: fakeNotes(hashOfOwn) })

    assert.equal(block, 10)
  })

  it('soundness: off local chains twelve blocks have to follow the announced one', async () => {
    const elsewhere = { ...record, chainId: 1 }
    const told: number[] = []
    const comes = [20, 21]
    const { client } = fakeChain({ from: owner, input: announcementOf(elsewhere, 4), blocks: [5] }, comes)
    const onAnnounced = ({ newest }: { newest: number }) => told.push(newest)

    const kept = { record: elsewhere, delayBlocks: 4, notes: fakeNotes(hashOfOwn) }
    const { block } = await announceBeacon(client, { ...kept, onAnnounced })

    assert.equal(block, 9)
    assert.deepEqual(told, [20, 21])
  })

  it('soundness: a kept transaction of another record, or of another account, is not believed, and forgotten', async () => {
    const other: CeremonyRecord = { ...record, royaltyBps: 1 }
    const stranger: Address = `0x${'22'.repeat(20)}`
    for (const forged of [
      { from: owner, input: announcementOf(other, 3), blocks: [5] },
      { from: stranger, input: announcementOf(record, 3), blocks: [5] },
    ]) {
      const { client, sent } = fakeChain(forged)
      const notes = fakeNotes(hashOfOwn)

      await assert.rejects(announceBeacon(client, { record, delayBlocks: 3, notes }), BeaconUnannouncedError)
      assert.equal(notes.kept, undefined)
      assert.deepEqual(sent, [])
    }
  })

  it('behavior: an abort ends the wait, and the announcement is kept', async () => {
    const { client } = fakeChain({ from: owner, input: announcementOf(record, 1000), blocks: [5] })
    const notes = fakeNotes(hashOfOwn)
    const reason = new Error('enough')

    await assert.rejects(announceBeacon(client, { record, delayBlocks: 3, notes }, AbortSignal.abort(reason)), reason)
    assert.equal(notes.kept, hashOfOwn)
  })
})
