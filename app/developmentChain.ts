/** Chain of a local devnet: the development wallet is offered on no other, and its blocks are final when they are mined. */
export const developmentChainId = 31337
