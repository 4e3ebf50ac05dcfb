import { AbiCoder, type HDNodeWallet, keccak256, type Signer } from 'ethers'
import type { OwnerAccount } from '../../types/ethers/contracts/governance/OwnerAccount.ts'

/** What an owner account is asked to do: a call of `value` wei with `data`. */
export type OwnerCall = { target: string; value?: bigint; data: string }

/** What the account's signers sign, as EIP-712 types. */
export const executionTypes = {
  Execution: [
    { name: 'calls', type: 'Call[]' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
  Call: [
    { name: 'target', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'data', type: 'bytes' },
  ],
}

/** `abi.encode(bytes[] signers, bytes[] signatures)`, in the order that the account asks for. */
export async function joinSignatures(signers: readonly Signer[], sign: (signer: Signer) => Promise<string>) {
  const parts = await Promise.all(
    signers.map(async (signer) => ({ address: await signer.getAddress(), signature: await sign(signer) })),
  )
  const hashOf = (part: { address: string }) => BigInt(keccak256(part.address))
  parts.sort((one, other) => (hashOf(one) < hashOf(other) ? -1 : 1))
  return AbiCoder.defaultAbiCoder().encode(
    ['bytes[]', 'bytes[]'],
    [parts.map((part) => part.address), parts.map((part) => part.signature)],
  )
}

/** Has the account's signers sign calls, and hands them in as anybody. */
export async function executeAs(
  account: OwnerAccount,
  {
    signers,
    calls,
    deadline = 2n ** 40n,
  }: { signers: readonly (Signer | HDNodeWallet)[]; calls: readonly OwnerCall[]; deadline?: bigint },
) {
  const domain = await account.eip712Domain()
  const full = calls.map((call) => ({ value: 0n, ...call }))
  const message = { calls: full, nonce: await account.nonce(), deadline }
  const signature = await joinSignatures(signers, (signer) =>
    signer.signTypedData(
      {
        name: domain.name,
        version: domain.version,
        chainId: domain.chainId,
        verifyingContract: domain.verifyingContract,
      },
      executionTypes,
      message,
    ),
  )
  return account.execute(full, deadline, signature)
}
