import { type ContributionRecord, parseContributionRecord, type ZkeyContributions } from './contributionRecord.ts'
import { withFileReader } from './fileReader.ts'

/**
 * Reads the record of phase 2 in a zkey's file (node only), as `parseContributionRecord` does.
 * @throws BinFileInvalidError the file is no zkey, or its record is cut short
 * @throws ContributionInvalidError
 */
export function readContributions(zkeyPath: string): ZkeyContributions {
  const { circuitHash, contributions } = readContributionRecord(zkeyPath)
  return { circuitHash, contributions }
}

/** As {@link readContributions}, for who adds to the record. */
export function readContributionRecord(zkeyPath: string): ContributionRecord {
  return withFileReader(zkeyPath, parseContributionRecord)
}
