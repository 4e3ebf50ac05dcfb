'use client'
import type { Address } from 'viem'
import { useToken } from '../hooks/useToken'
import { Amount } from './Amount'

/** An amount in what an order pays in. @param units smallest unit of the token @param token the zero address for the chain's own coin */
export function TokenAmount({ units, token }: { units: bigint; token: Address }) {
  const known = useToken(token)
  return known ? <Amount wei={units} token={known} /> : <span className="text-quiet">…</span>
}
