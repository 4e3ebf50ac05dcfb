import { type Address, type ContractErrorArgs, type ContractErrorName, formatEther, zeroAddress } from 'viem'
import type { errorsAbi } from './abi/errors.ts'

type Name = ContractErrorName<typeof errorsAbi>
type Args<N extends Name> =
  ContractErrorArgs<typeof errorsAbi, N> extends infer A extends readonly unknown[] ? [...A] : []
type Sentences = { [N in Name]: (...args: Args<N>) => string }

const states = ['unknown', 'requested', 'claimed', 'answered', 'challenged', 'settled', 'refunded', 'cancelled']
const setups = ['insecure-dev', 'owner-only', 'ceremony']

const eth = (wei: bigint) => `${formatEther(wei)} ETH`
const amount = (value: bigint, token: Address) => (token === zeroAddress ? eth(value) : `${value} units of ${token}`)
const time = (seconds: number | bigint) => new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')
const percent = (bps: number | bigint) => `${Number(bps) / 100} %`

/** One sentence with the values and what to do, for each custom error of the contracts. */
export const contractErrorSentences: Sentences = {
  AccessManagedInvalidAuthority: (authority) => `${authority} is no access manager; deploy with the right one.`,
  AccessManagedRequiredDelay: (caller, delay) =>
    `${caller} has to schedule this call ${delay} seconds ahead; schedule it with the access manager.`,
  AccessManagedUnauthorized: (caller) => `${caller} may not do this; use the platform owner's account.`,
  AddressEmptyCode: (target) => `No contract stands at ${target}; check the order's assurance and the deployment.`,
  AddressZero: () => 'An address is zero; name the account that is meant.',
  AmountZero: () => 'The amount is 0 ETH; name more than nothing.',
  AssuranceDataUnexpected: (length) =>
    `The order has ${length} bytes of assurance terms, and the assurance \`proof\` takes none; leave assuranceData empty.`,
  AssuranceNotListed: (assurance) =>
    `The market does not list the assurance ${assurance}; use one from the network file.`,
  BalanceTooLow: (account, token, actual, needed) =>
    `${account} has ${amount(actual, token)} in the market and needs ${amount(needed, token)}; deposit the rest or lower the price.`,
  BundleExists: (root) => `A bundle with the root ${root} is open already; close it first.`,
  BundleTooSmall: (root, actual, needed) =>
    `The bundle ${root} has ${actual} left and this job's price is ${needed} in the token's smallest unit; choose another job.`,
  BundleUnknown: (root) => `No bundle with the root ${root} is open; check requester, token and root.`,
  CallbackReverted: (jobId) =>
    `The callback of job ${jobId} failed again; try with more gas, or see what its contract wants.`,
  CallbackUnsupported: (callback, gas) =>
    `The order names the callback ${callback} with ${gas} gas; name both, within the market's MAX_CALLBACK_GAS, or neither.`,
  ContributionsTooFew: (actual, needed) =>
    `The model's setup has ${actual} contributions and the order demands ${needed}; choose another model or demand fewer.`,
  Create2EmptyBytecode: () => 'There is no code to deploy; build the contracts first.',
  DeadlineNotPassed: (deadline, timestamp) =>
    `The deadline is ${time(deadline)} and it is ${time(timestamp)} on chain; try again after it.`,
  DeadlinePassed: (deadline, timestamp) =>
    `The deadline was ${time(deadline)} and it is ${time(timestamp)} on chain; request a new job.`,
  DeadlinesInvalid: (claimDeadline, proveSeconds, finalDeadline) =>
    `A claim until ${time(claimDeadline)} with ${proveSeconds} seconds to prove does not fit before ${time(finalDeadline)}; move the final deadline or shorten the others.`,
  ECDSAInvalidSignature: () => 'A signature is malformed; sign again.',
  ECDSAInvalidSignatureLength: (length) => `A signature has ${length} bytes and must have 65; sign again.`,
  ECDSAInvalidSignatureS: () => 'A signature is the second form of a valid one; sign again.',
  EquivocationKnown: (operator, jobId) =>
    `Worker ${operator} was punished for its two answers to job ${jobId} already; there is nothing left to prove.`,
  EvidenceRejected: (jobId) => `The proof for job ${jobId} does not hold; prove again with the model's current files.`,
  FailedCall: () => "A contract that the market called failed without a reason; check the order's assurance.",
  FailedDeployment: () => 'A contract could not be created; send the call with a higher gas limit.',
  FeeAboveOrder: (feeBps, maxFeeBps) =>
    `The platform's fee is ${percent(feeBps)} and the order allows ${percent(maxFeeBps)}; raise maxFeeBps.`,
  FeeTooHigh: (actualBps, maxBps) => `A fee of ${percent(actualBps)} is above the cap of ${percent(maxBps)}; lower it.`,
  GasTooLow: (actual, needed) =>
    `The call has ${actual} gas left for the order's callback, which needs ${needed}; send it with a higher gas limit.`,
  InputCommitmentOutOfField: (commitment) =>
    `The input commitment ${commitment} is not below the scalar field's order; encode the input again.`,
  InsecureSetup: (chainId) =>
    `A development setup is made from a known secret and chain ${chainId} is not local; run a real setup.`,
  InsufficientBalance: (balance, needed) =>
    `The contract holds ${eth(balance)} and needs ${eth(needed)}; this is a contract's fault, so report it.`,
  JobNotInState: (jobId, expected, actual) =>
    `Job ${jobId} is ${states[actual] ?? actual}, and this needs it ${states[expected] ?? expected}; look at it with \`assay job show\`.`,
  KeyLengthInvalid: (length) => `The verification key has ${length} bytes, which is no key's length; make it again.`,
  KeyPointInvalid: (index) =>
    `Point ${index} of the verification key is zero or not on its curve; make the setup again.`,
  KeySetupMissing: () => 'Nobody contributed to the setup of this verification key, so anyone can forge; run a setup.',
  KeyUnknown: (keyHash) => `No verification key with the hash ${keyHash} is stored; register its model first.`,
  KeyUnproved: (keyHash) =>
    `The verification key ${keyHash} has not proved itself here; call \`proveKey\` with a sample proof first.`,
  ManifestCidInvalid: (cid) => `\`${cid}\` is not a CIDv1 without \`ipfs://\`; publish the manifest first.`,
  MarketPaused: () => 'The market is paused for new orders and claims; jobs in flight go on, so try again later.',
  ModelAlreadySuperseded: (modelId, supersededBy) =>
    `Model ${modelId} is superseded by ${supersededBy} already; supersede the newest version.`,
  ModelExists: (modelId) => `Model ${modelId} is registered already; use it as it is.`,
  ModelIsDeprecated: (modelId) => `Model ${modelId} is retired by its owner; choose another from \`assay model list\`.`,
  ModelNotOffered: (modelId, caller) =>
    `Model ${modelId} is not offered to ${caller}; its owner offers it with \`offerModel\`.`,
  ModelUnknown: (modelId) =>
    `No model ${modelId} is registered here; check the id and the network, or see \`assay model list\`.`,
  NeverPending: (jobId) =>
    `The answer of job ${jobId} carries a proof and is final at once; there is nothing to challenge, defend or finalize.`,
  NonceUsed: (requester, nonce) => `${requester} used nonce ${nonce} before; choose another.`,
  NotAllowedWorker: (caller, allowed) =>
    `Only ${allowed} may claim this job, and ${caller} is another; leave it to it.`,
  NotFormerSigner: (signer, operator) =>
    `${signer} was no signer of worker ${operator}; name the key that it used before.`,
  NotGuardian: (caller, guardian) => `The guardian is ${guardian}, and ${caller} is another; use its account.`,
  NotInBundle: (jobId, root) => `Job ${jobId} is no leaf of the bundle ${root}; check the order and its Merkle proof.`,
  NotCommitments: (caller) => `Only the registry's own ERC-7992 contract may do this, and ${caller} is another.`,
  NotMarket: (caller) => `Only the market may do this, and ${caller} is not the market.`,
  NotModelOwner: (modelId, caller) => `${caller} does not own model ${modelId}; use its owner's account.`,
  NotRequester: (caller, requester) => `The job belongs to ${requester}, and ${caller} is another; use its account.`,
  NotWorker: (caller, worker) => `Worker ${worker} holds this job, and ${caller} does not act for it; use its account.`,
  NothingCredited: (account) => `Slashing credited nothing to ${account}; there is nothing to withdraw.`,
  NothingToRetry: (jobId) =>
    `No callback of job ${jobId} failed with this data; take both from the event CallbackFailed.`,
  NothingUnbonding: () => 'No stake is unbonding; start with `startUnbonding`.',
  PriceRangeInverted: (minPrice, maxPrice) =>
    `The least price ${eth(minPrice)} is above the highest ${eth(maxPrice)}; swap them.`,
  PriceTooLow: (actual, needed) => `The least price is ${eth(actual)} and this model takes ${eth(needed)}; raise it.`,
  ReceiptNotSigned: (signer, worker) =>
    `${signer} signed the receipt and does not sign for worker ${worker}; bring one that the worker signed.`,
  ReceiptUnlisted: (assurance) =>
    `The market does not list the assurance ${assurance} of the receipt; bring one of a listed assurance.`,
  ReceiptsConsistent: () => 'The two receipts say the same, so nothing is proved; bring two that differ.',
  RecoveryNotStarted: (operator) => `Nobody started a recovery of worker ${operator}; its guardian starts it.`,
  RecoveryTooEarly: (recoverableAt) => `The recovery can be finished at ${time(recoverableAt)}; try again then.`,
  ReentrancyGuardReentrantCall: () => 'A call came back into the market while it was busy; remove the re-entry.',
  RoleMissing: (operator, role) => `Worker ${operator} has not taken the role ${role}; set its roles first.`,
  RolesInvalid: (roles) =>
    `The roles ${roles} are not a set of known ones; choose from compute, validator, storage and gateway.`,
  RoyaltyTooHigh: (actualBps, maxBps) =>
    `A royalty of ${percent(actualBps)} is above the cap of ${percent(maxBps)}; lower it.`,
  SafeCastOverflowedUintDowncast: (bits, value) => `${value} does not fit ${bits} bits; name a smaller amount.`,
  SafeERC20FailedOperation: (token) => `The token ${token} refused a transfer; check its balance and its allowance.`,
  SampleProofRejected: () =>
    'The sample proof does not verify with the verification key; prepare the model again from its file.',
  SetupInconsistent: (kind, contributions) =>
    `A setup \`${setups[kind] ?? kind}\` cannot have ${contributions} contributions; correct one of the two.`,
  SharesInvalid: (sum, value) =>
    `Shares add up to ${eth(sum)} and the bond is ${eth(value)}; this is a contract's fault.`,
  SignalCountInvalid: (actual, min, max) =>
    `The sample has ${actual} public signals; a model has between ${min} and ${max}.`,
  SignatureInvalid: (jobId, requester) =>
    `The signature of order ${jobId} is not by its requester ${requester}; sign these terms for this chain and market.`,
  SignerRevoked: (signer, validUntil) =>
    `${signer} signed for its worker until ${time(validUntil)}; use the present signer.`,
  SignerTaken: (signer) => `${signer} signs for another worker or is one itself; use another key.`,
  StakeTokenMismatch: (stakeToken) =>
    stakeToken === zeroAddress
      ? "Stakes are in the chain's own coin; send it with the call."
      : `Stakes are in the token ${stakeToken}; approve it and send no coin.`,
  StakeTooLow: (actual, needed) => `The free stake is ${eth(actual)} and ${eth(needed)} is needed; add stake.`,
  StillUnbonding: (until) => `The stake is bound until ${time(until)}; withdraw it after that.`,
  TamperedProofAccepted: () =>
    'The verification key accepts a tampered proof, so it proves nothing; make the setup again.',
  TokenNotAllowed: (token) => `The market does not take the token ${token}; pay with the chain's own coin.`,
  TransferFailed: (to, value) => `${to} refused a transfer of ${eth(value)}; send it to another account.`,
  TransferInexact: (received, value) =>
    `${received} of ${value} units arrived; the token keeps a part, so it cannot be stake.`,
  UnbondingTooShort: (actual, needed) =>
    `An unbonding time of ${actual} seconds is shorter than the longest exposure of ${needed}; deploy with more.`,
  ValueUnexpected: (value) =>
    `${eth(value)} came with a call that takes another amount; send exactly the amount named.`,
  VerdictSharesInvalid: (sumBps) =>
    `The assurance shares out ${percent(sumBps)} of the price instead of all; this is its fault, so report it.`,
  VerdictTooLate: (until, finalDeadline) =>
    `The assurance would wait until ${time(until)} and the order ends at ${time(finalDeadline)}; leave more time between the deadlines.`,
  WithdrawalRestricted: (to, guardian) =>
    `This worker's stake goes to its guardian ${guardian} only, and ${to} is another; name the guardian.`,
  WorkerExists: (operator) => `${operator} is registered as a worker already; add stake instead.`,
  WorkerUnknown: (account) => `${account} is no registered worker; register it with a stake first.`,
}
