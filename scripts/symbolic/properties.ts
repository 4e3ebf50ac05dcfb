import type { Change } from '../mutation/workbench.ts'

/** What a contract of test/symbolic proves, and a bug that breaks it: the proof has to fail when it is planted. */
export type Property = { contract: string; says: string; bug: string; change: Change }

const prices = 'contracts/libraries/Prices.sol'

/** All properties, in the order of a job's life. */
export const properties: readonly Property[] = [
  {
    contract: 'TickClimbs',
    says: 'the tick never goes back and never leaves the ramp',
    bug: 'the tick has no limit',
    change: { file: prices, from: 'return elapsed < whole ? uint32(elapsed) : whole;', to: 'return uint32(elapsed);' },
  },
  {
    contract: 'PriceIsBounded',
    says: 'minPrice <= price <= maxPrice at any time',
    bug: 'the ramp starts at zero',
    change: {
      file: prices,
      from: 'uint96(min + (max - min) * tick / whole)',
      to: 'uint96((max - min) * tick / whole)',
    },
  },
  {
    contract: 'PriceClimbs',
    says: 'the price never falls while time goes on',
    bug: 'the ramp ends where it started',
    change: {
      file: prices,
      from: 'if (tick == whole) return uint96(max);',
      to: 'if (tick == whole) return order.minPrice;',
    },
  },
  {
    contract: 'EscrowCoversPrice',
    says: 'price + surplus = escrow',
    bug: 'the price falls along the ramp',
    change: { file: prices, from: 'min + (max - min) * tick / whole', to: 'max - (max - min) * tick / whole' },
  },
  {
    contract: 'SettlementConserves',
    says: 'worker + royalty + fee = price',
    bug: 'the fee is paid twice',
    change: { file: prices, from: 'workerShare = price - royalty - fee;', to: 'workerShare = price - royalty;' },
  },
  {
    contract: 'FeeIsCapped',
    says: 'fee <= 5 % and <= maxFeeBps',
    bug: 'the fee is rounded up',
    change: {
      file: prices,
      from: 'fee = uint96(uint256(price) * feeBps / BPS);',
      to: 'fee = uint96((uint256(price) * feeBps + BPS - 1) / BPS);',
    },
  },
  {
    contract: 'RoyaltyIsCapped',
    says: 'royalty <= 20 %, and the worker gets >= 75 %',
    bug: 'the royalty is rounded up',
    change: {
      file: prices,
      from: 'royalty = uint96(uint256(price) * royaltyBps / BPS);',
      to: 'royalty = uint96((uint256(price) * royaltyBps + BPS - 1) / BPS);',
    },
  },
  {
    contract: 'SlashConserves',
    says: 'requester + enforcer + treasury = slashed bond',
    bug: "the treasury's part is paid twice",
    change: {
      file: prices,
      from: 'enforcerShare = bond - requesterShare - treasuryShare;',
      to: 'enforcerShare = bond - requesterShare;',
    },
  },
  {
    contract: 'SlashFavoursRequester',
    says: 'requester >= 50 %, treasury <= 10 % of a slash',
    bug: "the requester's half is rounded down",
    change: {
      file: prices,
      from: '(uint256(bond) * SLASH_REQUESTER_BPS + BPS - 1) / BPS',
      to: 'uint256(bond) * SLASH_REQUESTER_BPS / BPS',
    },
  },
  {
    contract: 'ReleaseIsBounded',
    says: 'giving a job back costs at most the bond',
    bug: 'the cost ends above the whole bond',
    change: { file: prices, from: 'RELEASE_MAX_BPS = 5_000', to: 'RELEASE_MAX_BPS = 10_001' },
  },
  {
    contract: 'ReleaseClimbs',
    says: 'giving a job back never costs less later',
    bug: 'the cost falls with the time held',
    change: { file: prices, from: '* (proveSeconds - left)', to: '* left' },
  },
  {
    contract: 'ReleaseConserves',
    says: 'kept bond + parts of the penalty = bond',
    bug: 'the treasury is paid on top of the penalty',
    change: {
      file: prices,
      from: 'enforcerShare = bond - requesterShare - treasuryShare;',
      to: 'enforcerShare = bond - requesterShare;',
    },
  },
]
