import type { Page } from 'playwright-core'
import { numberToHex } from 'viem'

/** What a wallet of the test does when it is asked; `reject` names the methods that its owner refuses. */
export type InjectedWallet = {
  name: string
  address: string
  chainId: number
  rpcUrl: string
  reject: string[]
  /** What it does itself instead of asking the node, by method. */
  handlers?: Record<string, (params: unknown[]) => Promise<unknown>>
}

/** Announces a wallet to the page as an extension would (EIP-6963). It refuses what it is told to, and forwards reads to the node. */
export async function injectWallet(page: Page, wallet: InjectedWallet): Promise<{ asked: string[] }> {
  const asked: string[] = []
  let chainId = wallet.chainId
  let authorised = false
  const answer = async (method: string, params: unknown): Promise<unknown> => {
    asked.push(method)
    if (wallet.reject.includes(method)) return { error: { code: 4001, message: 'User rejected the request.' } }
    if (method === 'eth_requestAccounts') authorised = true
    if (method === 'eth_requestAccounts' || method === 'eth_accounts')
      return { result: authorised ? [wallet.address] : [] }
    if (method === 'wallet_requestPermissions') {
      authorised = true
      return {
        result: [
          {
            parentCapability: 'eth_accounts',
            caveats: [{ type: 'restrictReturnedAccounts', value: [wallet.address] }],
          },
        ],
      }
    }
    if (method === 'eth_chainId') return { result: numberToHex(chainId) }
    if (method === 'wallet_switchEthereumChain') {
      // The page sends what EIP-3326 asks for: one object with the chain's id in hex.
      chainId = Number((params as [{ chainId: string }])[0].chainId)
      return { result: null, chainId: numberToHex(chainId) }
    }
    const handler = wallet.handlers?.[method]
    // EIP-1193 hands parameters over as a list.
    if (handler) return { result: await handler((params ?? []) as unknown[]) }
    const response = await fetch(wallet.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params ?? [] }),
    })
    return response.json()
  }

  await page.exposeFunction('assayTestWallet', answer)
  await page.addInitScript((name) => {
    type Answer = { result?: unknown; error?: { code: number; message: string; data?: unknown }; chainId?: string }
    // Put on the window by exposeFunction above.
    const { assayTestWallet } = window as unknown as {
      assayTestWallet: (method: string, params: unknown) => Promise<Answer>
    }
    const listeners: Record<string, ((value: unknown) => void)[]> = {}
    const provider = {
      on: (event: string, listener: (value: unknown) => void) => {
        listeners[event] = [...(listeners[event] ?? []), listener]
      },
      removeListener: () => {},
      request: async ({ method, params }: { method: string; params?: unknown }) => {
        const { result, error, chainId } = await assayTestWallet(method, params)
        if (error) throw Object.assign(new Error(error.message), { code: error.code, data: error.data })
        if (chainId) for (const listener of listeners.chainChanged ?? []) listener(chainId)
        return result
      },
    }
    const icon =
      'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="teal"/></svg>'
    const detail = Object.freeze({
      info: { uuid: '350670db-19fa-4704-a166-e52e178b59d2', name, icon, rdns: 'test.assay' },
      provider,
    })
    const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
    window.addEventListener('eip6963:requestProvider', announce)
    announce()
  }, wallet.name)
  return { asked }
}
