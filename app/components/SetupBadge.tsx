import type { ReactNode } from 'react'

/**
 * How far the model's proving keys can be trusted. Whoever ran a setup alone can forge proofs, so the badge says who did.
 * @param kind 0 insecure-dev, 1 owner-only, 2 ceremony, as the registry stores it
 */
export function SetupBadge({
  kind,
  contributions,
}: {
  kind: 'insecure-dev' | 'owner-only' | 'ceremony'
  contributions: number
}) {
  if (kind === 'insecure-dev') {
    return (
      <Badge
        look="tape p-1"
        label="insecure-dev"
        why="The setup’s secret is public, so anyone can forge proofs for this model. Good for trying it out, worth nothing more."
      >
        <span className="rounded-[2px] bg-stone px-1.5 py-0.5 font-semibold text-streak">insecure-dev</span>
      </Badge>
    )
  }
  if (kind === 'owner-only') {
    return (
      <Badge
        look="border border-brass px-2 py-0.5 text-brass"
        label="owner-only"
        why="The model’s owner ran the setup alone, and could forge proofs."
      >
        owner-only setup
      </Badge>
    )
  }
  return (
    <Badge
      look="border border-proved px-2 py-0.5 text-proved"
      label="ceremony"
      why="Proofs can only be forged if every contributor to the setup colluded."
    >
      ceremony, {contributions} contributions
    </Badge>
  )
}

function Badge({ look, why, label, children }: { look: string; why: string; label: string; children: ReactNode }) {
  return (
    <span className={`figures inline-flex items-center rounded-sm text-xs ${look}`} title={why} data-setup={label}>
      {children}
    </span>
  )
}
