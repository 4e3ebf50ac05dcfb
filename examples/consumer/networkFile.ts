import path from 'node:path'

/** Where the market's addresses stand: the file that `npm start` writes in the folder npm was called in, or the one ASSAY_NETWORK names. */
export const networkFile = path.resolve(
  process.env.INIT_CWD ?? '.',
  process.env.ASSAY_NETWORK ?? '.devnet/network.json',
)
