import type { CircuitCost } from '@assay/circuits/circuitCost'
import { orderDefaults } from '@assay/sdk/buildOrder'

/** Whether an assurance can serve a model, and why. */
export type AssuranceFit = { assurance: 'proof' | 'optimistic' | 'audit' | 'quorum'; fits: boolean; why: string }

/** Largest file of a model that manifests name. */
const maxKeyBytes = 512 * 1024 * 1024
/** A defence waits until somebody challenges: a time that orders can give without keeping money for days. */
const defenceSeconds = 86_400

/**
 * Says which assurances fit a model whose circuit costs so much.
 * @param provingMs of one proof with the prover in use
 */
export function fitAssurances(cost: CircuitCost, provingMs: number): AssuranceFit[] {
  if (cost.zkeyBytes > maxKeyBytes) {
    const why = `the proving key would have ${Math.ceil(cost.zkeyBytes / 2 ** 20)} MB and manifests name files of up to 512 MB, so the model cannot be registered`
    return (['proof', 'optimistic', 'audit', 'quorum'] as const).map((assurance) => ({ assurance, fits: false, why }))
  }
  const seconds = provingMs / 1000
  const proves = `a proof takes about ${durationText(seconds)}`
  const inTime = seconds <= orderDefaults.proveSeconds
  const inDefence = seconds <= defenceSeconds
  return [
    {
      assurance: 'proof',
      fits: inTime,
      why: `${proves}; orders give ${durationText(orderDefaults.proveSeconds)} unless they say otherwise`,
    },
    {
      assurance: 'optimistic',
      fits: inDefence,
      why: `${proves}, needed only when an answer is challenged; the order's defence time has to be longer`,
    },
    {
      assurance: 'audit',
      fits: inDefence,
      why: `${proves}, needed only for the answers that the chain draws`,
    },
    { assurance: 'quorum', fits: true, why: 'workers agree on one integer answer; nobody proves' },
  ]
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
