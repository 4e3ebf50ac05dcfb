/**
 * The whole SDK in one import, for Node, browsers and workers: everything here is side-effect-free, so a bundler keeps what is used.
 * Decoders of images, the IPFS importer and the check of proofs are loaded when they are called.
 */

export { errorsAbi } from './abi/errors.ts'
export { jobMarketAbi } from './abi/jobMarket.ts'
export { marketLensAbi } from './abi/marketLens.ts'
export { modelRegistryAbi } from './abi/modelRegistry.ts'
export { optimisticAssuranceAbi } from './abi/optimisticAssurance.ts'
export { proofVerifierAbi } from './abi/proofVerifier.ts'
export { workerRegistryAbi } from './abi/workerRegistry.ts'
export { addStake } from './addStake.ts'
export { bindingOf } from './binding.ts'
export { buildOrder, type OrderTerms, orderDefaults, PriceZeroError } from './buildOrder.ts'
export { cancelJob } from './cancelJob.ts'
export { cancelNonces } from './cancelNonces.ts'
export { challengeJob } from './challengeJob.ts'
export { type Claim, claimJob } from './claimJob.ts'
export { claimSigned } from './claimSigned.ts'
export { addContent, cidOf, cidToDigest, digestToCid, fetchContent } from './content.ts'
export {
  ContentMismatchError,
  ContentRefusedError,
  ContentTooLargeError,
  ContentUnavailableError,
} from './contentErrors.ts'
export { type DecodedOutput, decodeOutput, type Score } from './decodeOutput.ts'
export { defendJob } from './defendJob.ts'
export {
  AddressMissingError,
  addressIn,
  chainOf,
  connectNetwork,
  type Deployment,
  type MarketClient,
  type Network,
  NetworkInvalidError,
  parseNetwork,
} from './deployment.ts'
export { deposit } from './deposit.ts'
export { ChainNotLocalError, developmentAccount, localChainIds } from './developmentAccounts.ts'
export { type DraftSource, type DraftTerms, draftManifest, InputShapeError } from './draftManifest.ts'
export {
  type EncodedInput,
  encodeExactInput,
  encodeInput,
  InputRangeError,
  InputSizeError,
  InputValueError,
} from './encodeInput.ts'
export { explainError, revertOf } from './errors.ts'
export { expireJob } from './expireJob.ts'
export { fetchGraph } from './fetchGraph.ts'
export { fetchManifest } from './fetchManifest.ts'
export { fetchOrder } from './fetchOrder.ts'
export { finalizeJobs, type PendingAnswer } from './finalizeJobs.ts'
export { findNonce } from './findNonce.ts'
export { getBalance } from './getBalance.ts'
export { getFee } from './getFee.ts'
export {
  foldEvents,
  getJob,
  type Job,
  type JobState,
  JobUnknownError,
  jobStates,
  type Payout,
  terminalStates,
} from './getJob.ts'
export { getModel, type Model, type SetupKind, setupKinds } from './getModel.ts'
export { getVerificationKey, KeyUnavailableError } from './getVerificationKey.ts'
export { getWorker, type Worker } from './getWorker.ts'
export { inspectJobs, type JobSummary, type RequestedJob } from './inspectJobs.ts'
export { inspectOrder, type OrderInspection } from './inspectOrder.ts'
export {
  type EventPosition,
  getJobEvents,
  type JobEvent,
  type JobEventName,
  type SkipReason,
  skipReasons,
} from './jobEvents.ts'
export { listJobs } from './listJobs.ts'
export { listModels } from './listModels.ts'
export {
  encodeManifest,
  type Manifest,
  type ManifestDraft,
  type ManifestInput,
  ManifestInvalidError,
  type ManifestOutput,
  parseManifest,
} from './manifest.ts'
export { type Offer, OfferRefusedError, OrderDeskAwayError, offerOrder, readOffer } from './offerOrder.ts'
export {
  decodeOptimisticTerms,
  encodeDoubleAnswer,
  encodeOptimisticTerms,
  type OptimisticTerms,
} from './optimisticTerms.ts'
export { hashOrder, type JobOrder, jobOrderTypes, orderDomain } from './order.ts'
export { encodeOrderFile, OrderFileInvalidError, parseOrderFile } from './orderFile.ts'
export { OrderRefusedError, postOrder } from './postOrder.ts'
export { type Preflight, type PreflightCall, preflightOrder } from './preflightOrder.ts'
export { type PreflightReason, preflightReasons } from './preflightReasons.ts'
export { type Quote, quoteOrder } from './quoteOrder.ts'
export { CsvInvalidError } from './readCsvRow.ts'
export { decodeImage, ImageInvalidError, type ImageOptions, ImageSizeError, type RgbaImage } from './readImage.ts'
export { type InputSource, TensorShapeError } from './readInput.ts'
export { TensorInvalidError } from './readJsonTensor.ts'
export { NpyError } from './readNpy.ts'
export { refundJob } from './refundJob.ts'
export { registerWorker } from './registerWorker.ts'
export { releaseJob } from './releaseJob.ts'
export { requestJob } from './requestJob.ts'
export { AccountMissingError, JobMismatchError, type SendOptions, TransactionRevertedError } from './sendCall.ts'
export { setSigner } from './setSigner.ts'
export { signAnswer } from './signAnswer.ts'
export { type SignedOrder, signOrder } from './signOrder.ts'
export {
  type PermitKind,
  PermitUselessError,
  permit2Address,
  permitKinds,
  signPermit,
  type TokenPermit,
} from './signPermit.ts'
export { startUnbonding } from './startUnbonding.ts'
export { type Answer, encodeEvidence, type Submission, submitResult } from './submitResult.ts'
export { submitSigned } from './submitSigned.ts'
export {
  AnswerUnreadableError,
  BindingMismatchError,
  ChainMismatchError,
  InputMismatchError,
  JobNotSettledError,
  ModelMismatchError,
  OrderMismatchError,
  OutputsMismatchError,
  PaymentMismatchError,
  ProofAbsentError,
  ProofInvalidError,
  SetupTooWeakError,
  SetupUnsealedError,
  StepSkippedError,
} from './verifyErrors.ts'
export {
  assertVerified,
  type Expectation,
  type Verification,
  type VerificationStep,
  type VerificationStepName,
  verifyResult,
} from './verifyResult.ts'
export { CursorInvalidError, type EventPlace } from './watchCursor.ts'
export { type WatchedEvent, watchJob } from './watchJob.ts'
export { withdraw } from './withdraw.ts'
export { withdrawCredit } from './withdrawCredit.ts'
export { withdrawStake } from './withdrawStake.ts'
