/** What the worker depends on. */
export type Dependency = 'chain' | 'content' | 'account' | 'sandbox' | 'queue' | 'prover'

/** Whether a dependency works, since when, and in one sentence why not. */
export type DependencyState = { ok: boolean; detail: string; since: string }

/** Collects the state of each dependency. */
export type Health = {
  report: (dependency: Dependency, state: { ok: boolean; detail: string }) => void
  /** Whether all work. */
  ready: () => boolean
  states: () => Partial<Record<Dependency, DependencyState>>
}

/** What the machine that signs depends on. */
const workerDependencies: readonly Dependency[] = ['chain', 'content', 'account', 'sandbox', 'queue', 'prover']

/** Makes the collection; until a first report nothing works. `onChange` hears of each turn for better or worse. */
export function createHealth(
  onChange: (dependency: Dependency, state: DependencyState) => void,
  names: readonly Dependency[] = workerDependencies,
): Health {
  const start = { ok: false, detail: 'not reached yet', since: new Date().toISOString() }
  const states: Partial<Record<Dependency, DependencyState>> = Object.fromEntries(names.map((name) => [name, start]))
  return {
    report: (dependency, { ok, detail }) => {
      const before = states[dependency] ?? start
      const changed = before.ok !== ok || before.detail === start.detail
      const state = { ok, detail, since: changed ? new Date().toISOString() : before.since }
      states[dependency] = state
      if (changed) onChange(dependency, state)
    },
    ready: () => Object.values(states).every(({ ok }) => ok),
    states: () => ({ ...states }),
  }
}
