/** Downloads content of which every block is checked against its CID. */
export type FetchVerified = (content: { cid: string; maxBytes: number }, signal: AbortSignal) => Promise<Uint8Array>
