import type { Network } from '@assay/sdk/deployment'
import { type Address, type Hex, toFunctionSelector } from 'viem'

/** A function that a role may call: what it does and what bounds it, in words; `id` names it among the others. */
export type Power = { id: PowerId; contract: 'jobMarket' | 'pauseSwitch'; selector: Hex; what: string; cap: string }

/** Names of {@link Power}. */
export type PowerId = 'fee' | 'tokens' | 'assurances' | 'pause' | 'pauseAtOnce'

/** The access manager's own role: it grants and takes all others. */
export const adminRole = 0n

/** Every function of the market that only a role may call. */
export const powers: readonly Power[] = [
  {
    id: 'fee',
    contract: 'jobMarket',
    selector: toFunctionSelector('setFeeBps(uint16)'),
    what: 'Change the fee',
    cap: 'Up to the cap, for orders still to come; a job keeps the fee it was requested under.',
  },
  {
    id: 'tokens',
    contract: 'jobMarket',
    selector: toFunctionSelector('allowToken(address,bool)'),
    what: 'Choose the tokens that jobs are paid in',
    cap: 'New orders and deposits only; a balance can always be withdrawn.',
  },
  {
    id: 'assurances',
    contract: 'jobMarket',
    selector: toFunctionSelector('listAssurance(address,uint8)'),
    what: 'Choose the assurances that orders may name',
    cap: 'New orders only; jobs in flight keep theirs.',
  },
  {
    id: 'pause',
    contract: 'jobMarket',
    selector: toFunctionSelector('setPaused(bool)'),
    what: 'Pause the market, and end a pause',
    cap: 'New orders and claims only; no settlement and no exit.',
  },
  {
    id: 'pauseAtOnce',
    contract: 'pauseSwitch',
    selector: toFunctionSelector('pauseMarket()'),
    what: 'Pause the market through the switch',
    cap: 'New orders and claims only; it cannot end a pause.',
  },
]

/** The contract whose function a power is; undefined where the network's file does not name it. */
export function targetOf({ addresses }: Pick<Network, 'addresses'>, { contract }: Power): Address | undefined {
  return addresses[contract]
}
