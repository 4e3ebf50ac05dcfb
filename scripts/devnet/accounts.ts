/** Which of the local chain's funded accounts plays which part: indexes of Hardhat's public mnemonic. */
export const accounts = { platform: 0, requester: 1, worker: 2, modelOwner: 3, page: 4 } as const
