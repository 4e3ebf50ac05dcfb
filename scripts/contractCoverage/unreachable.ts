/** A line or branch of the core that no test can reach, named by its text so that it stays found when lines move. */
export type Unreachable = { file: string; code: string; why: string }

/** What coverage may miss. An entry that is reached after all, or whose text is gone, fails the check too. */
export const unreachable: Unreachable[] = [
  {
    file: 'contracts/ProofVerifier.sol',
    code: 'if (pointer.code.length != key.length + 1) revert',
    why: 'a creation that does not revert stores the whole key; the check stands for one that runs out of gas in a way no test can time',
  },
  {
    file: 'contracts/MarketBatches.sol',
    code: 'if (slot.stateOf() == uint8(JobState.Answered)) {',
    why: 'its other way is the condition behind `else`, which is counted as a line and as a branch of its own, both taken',
  },
]
