/** Largest proving key that is handled in a browser, in bytes: snarkjs takes some ten times as much memory. */
export const maxBrowserKeyBytes = 32_000_000

/** Largest phase-1 file that is handled in a browser, by the power of two of its rows: 2^17 are 151 MB. */
export const maxBrowserPhase1Power = 17
