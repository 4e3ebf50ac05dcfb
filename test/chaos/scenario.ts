import type { Random } from '../../scripts/seededRandom.ts'
import type { Finding } from './auditChain.ts'
import type { ChaosMarket } from './chaosMarket.ts'

/** How much of each scenario is run: `short` in CI, `full` before a release. */
export type Profile = 'short' | 'full'

/** What a scenario works with. All its choices come from `random`; what happens then depends on the machine's timing too. */
export type ScenarioWorld = { market: ChaosMarket; random: Random; profile: Profile }

/** What a scenario did, in numbers, and what it found; or why this machine cannot run it. */
export type ScenarioResult = { figures: Record<string, number>; findings: Finding[] } | { skipped: string }

/** One way in which the world treats a worker badly. */
export type Scenario = { name: string; about: string; run: (world: ScenarioWorld) => Promise<ScenarioResult> }
