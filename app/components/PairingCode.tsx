import { encode } from 'uqr'
import { CopyHex } from './CopyHex'

/** The link that pairs a wallet on another device with this page, as a code to scan, a link for this device, and text to copy. */
export function PairingCode({ uri }: { uri: string }) {
  const { data, size } = encode(uri, { border: 2 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <div className="mt-4 grid justify-items-center gap-3">
      <svg
        viewBox={`0 0 ${size} ${size}`}
        role="img"
        aria-label="The code to scan with your wallet"
        className="w-full max-w-64 rounded-md"
      >
        <path d={`M0 0h${size}v${size}h-${size}z`} fill="#fff" />
        <path d={path} fill="#000" shapeRendering="crispEdges" />
      </svg>
      <p className="text-quiet text-sm leading-relaxed">Scan it with your wallet. It works once, for a few minutes.</p>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
        <a href={uri} className="underline underline-offset-4">
          Open a wallet on this device
        </a>
        <CopyHex hex={uri} what="the link" />
      </p>
    </div>
  )
}
