import { compile } from './compile.ts'
import { GraphInvalidError, inputOf } from './exactGraph.ts'
import type { FloatGraph } from './floatGraph.ts'
import { type AnswerMeasure, lossOf, measureAnswers, type Sample } from './measureAnswers.ts'
import { measureLayers } from './measureLayers.ts'
import { defaultSettings, type NodeSettings, type QuantizeOptions, quantizeLayers } from './quantize.ts'
import { QuantizeError } from './quantizeError.ts'

/** Bits that a search may lower or raise, for the model or for one node. */
const bitNames = ['weightBits', 'activationBits', 'tableBits', 'saturationBits'] as const
type BitName = (typeof bitNames)[number]
/** What a search chooses: bits of the model and of its nodes, and whether it saturates and has scales for channels. */
export type PrecisionSetting = { inputBits: number } & Pick<NodeSettings, BitName | 'saturation' | 'perChannel'> & {
    nodes: Record<string, Partial<Pick<NodeSettings, BitName>>>
  }

/** What a search is asked for: one bound or both. Loss is what `lossOf` says: points of accuracy, 0 … 1, of a classifier with labels. */
export type PrecisionGoal = { maxLoss?: number; maxConstraints?: number }

/** One setting with what it costs and loses on the samples that the search looks at. */
export type PrecisionTrial = { setting: PrecisionSetting; constraints: number; loss: number; difference: number }

/** What a search found. `verified` is measured on samples that it did not look at, if there were any to spare. */
export type PrecisionResult = PrecisionTrial & {
  trials: number
  start: Omit<PrecisionTrial, 'setting'>
  verified: AnswerMeasure
}

/** No setting that was tried meets the goal. */
export class PrecisionSearchError extends Error {
  override readonly name = 'PrecisionSearchError'
  readonly constraints: number
  readonly loss: number

  constructor({ constraints, loss }: { constraints: number; loss: number }) {
    super(
      `No precision was found within the goal; the nearest has ${constraints} constraints and a loss of ${loss.toPrecision(3)}. Allow more of either.`,
    )
    this.constraints = constraints
    this.loss = loss
  }
}

/** What {@link searchPrecision} is told. */
export type PrecisionSearch = {
  options: QuantizeOptions
  samples: readonly Sample[]
  goal: PrecisionGoal
  /** settings tried at most; default 100 */
  maxTrials?: number
  onTrial?: (trial: PrecisionTrial, count: number) => void
}

/** Samples from which on every second one is kept for verification. */
const samplesToSplit = 40

/**
 * Looks for the cheapest setting within the goal, greedily: first bits and switches of the whole model, step by step, each time what saves most
 * (or, while a bound on constraints is not met, what loses least for each constraint saved), then those of single nodes, the
 * dearest first. The given options are where it starts; if these lose too much, bits are raised first.
 * @throws {@link PrecisionSearchError}, and the errors of quantize for the options as they are given
 */
export function searchPrecision(float: FloatGraph, search: PrecisionSearch): PrecisionResult {
  const { samples, goal, maxTrials = 100, options } = search
  const isSplit = samples.length >= samplesToSplit
  const looked = isSplit ? samples.filter((_, index) => index % 2 === 0) : samples
  const kept = isSplit ? samples.filter((_, index) => index % 2 === 1) : samples
  const trials = createTrials(float, { ...search, samples: looked, maxTrials })
  const start = trials.first(startSetting(float, options))
  const isMet = ({ loss, constraints }: PrecisionTrial) =>
    loss <= (goal.maxLoss ?? Infinity) && constraints <= (goal.maxConstraints ?? Infinity)

  const path = [raise(start, { trials, goal })]
  lower(path, { trials, goal, name: undefined })
  for (const name of trials.dearest(path.at(-1) ?? start)) lower(path, { trials, goal, name })
  // what the other samples do not bear out is taken back
  for (const trial of path.toReversed()) {
    if (!isMet(trial)) break
    const { quantized } = quantizeLayers(float, optionsOf(trial.setting, options))
    const verified = measureAnswers({ float, quantized }, kept)
    if (lossOf(verified) > (goal.maxLoss ?? Infinity)) continue
    const { constraints, loss, difference } = start
    return { ...trial, trials: trials.count(), start: { constraints, loss, difference }, verified }
  }
  throw new PrecisionSearchError(path.at(-1) ?? start)
}

/** The setting that options come to. */
function startSetting(float: FloatGraph, options: QuantizeOptions): PrecisionSetting {
  const { lo, hi } = inputOf(quantizeLayers(float, options).quantized.graph)
  const { weightBits, activationBits, tableBits, saturationBits, saturation, perChannel } = {
    ...{ ...defaultSettings, ...definedOf(options) },
  }
  return {
    ...{ inputBits: Math.log2(hi - lo + 1), weightBits, activationBits, tableBits, saturationBits },
    ...{ saturation, perChannel, nodes: {} },
  }
}

function definedOf(options: QuantizeOptions): Partial<NodeSettings> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** Options of `quantize` for a setting; what a search does not choose stays. */
export function optionsOf(setting: PrecisionSetting, options: QuantizeOptions): QuantizeOptions {
  const { nodes, ...bits } = setting
  const merged: Record<string, Partial<NodeSettings>> = { ...options.nodes }
  for (const [name, own] of Object.entries(nodes)) merged[name] = { ...merged[name], ...own }
  return { ...options, ...bits, nodes: merged }
}

type Trials = ReturnType<typeof createTrials>
type Walk = { trials: Trials; goal: PrecisionGoal }

/** Evaluates settings, each once, until there have been too many. */
function createTrials(float: FloatGraph, { samples, options, maxTrials = 0, onTrial }: PrecisionSearch) {
  const known = new Map<string, PrecisionTrial | undefined>()
  const measure = (setting: PrecisionSetting): PrecisionTrial => {
    const model = quantizeLayers(float, optionsOf(setting, options))
    const constraints = compile(model.quantized.graph).constraints.length
    const measured = measureAnswers({ float, quantized: model.quantized }, samples)
    const trial = { setting, constraints, loss: lossOf(measured), difference: measured.difference }
    onTrial?.(trial, known.size + 1)
    return trial
  }
  return {
    count: () => known.size,
    /** the setting that must work */
    first(setting: PrecisionSetting): PrecisionTrial {
      const trial = measure(setting)
      known.set(JSON.stringify(setting), trial)
      return trial
    },
    /** undefined where bits are out of range, the model cannot be quantized so, or there were enough trials */
    at(setting: PrecisionSetting | undefined): PrecisionTrial | undefined {
      if (!setting) return undefined
      const key = JSON.stringify(setting)
      if (known.has(key) || known.size >= maxTrials) return known.get(key)
      try {
        known.set(key, measure(setting))
      } catch (error) {
        // too few bits for a node is an answer, not a failure
        if (!(error instanceof QuantizeError || error instanceof GraphInvalidError)) throw error
        known.set(key, undefined)
      }
      return known.get(key)
    },
    /** names of nodes, those that take most constraints first; a sum that the next node rounds counts with it */
    dearest({ setting }: PrecisionTrial): string[] {
      const { layers } = measureLayers(quantizeLayers(float, optionsOf(setting, options)), [])
      const costs = layers.flatMap(({ name, nodes, constraints }, index) =>
        nodes === 0 ? [] : [{ name, cost: constraints > 0 ? constraints : (layers[index + 1]?.constraints ?? 0) }],
      )
      return [...new Set(costs.sort((a, b) => b.cost - a.cost).map(({ name }) => name))]
    },
  }
}

/** Raises bits of the model one by one, each time what brings the loss down most, until it is within the goal. */
function raise(start: PrecisionTrial, { trials, goal: { maxLoss = Infinity } }: Walk): PrecisionTrial {
  let best = start
  while (best.loss > maxLoss) {
    const tried = neighbours(best.setting, { by: 1, name: undefined }).flatMap(({ moved }) => trials.at(moved) ?? [])
    const [next] = tried.sort((a, b) => a.loss - b.loss || a.difference - b.difference)
    if (!next || (next.loss >= best.loss && next.difference >= best.difference)) break
    best = next
  }
  return best
}

/** Lowers bits of the model, or of a node, as long as the goal lets it. @param path what was taken so far, which grows */
function lower(path: PrecisionTrial[], { trials, goal, name }: Walk & { name: string | undefined }): void {
  const { maxLoss = Infinity, maxConstraints } = goal
  const idle = new Set<string>()
  for (let from = path.at(-1); from; from = path.at(-1)) {
    // with a budget alone, nothing more is given up than it asks for
    if (maxConstraints !== undefined && goal.maxLoss === undefined && from.constraints <= maxConstraints) return
    const { setting, constraints, difference } = from
    const tried: PrecisionTrial[] = []
    for (const { bit, moved } of neighbours(setting, { by: -1, name })) {
      const trial = idle.has(bit) ? undefined : trials.at(moved)
      // bits that save nothing are not tried again
      if (!trial || trial.constraints >= constraints) idle.add(bit)
      else if (trial.loss <= maxLoss) tried.push(trial)
    }
    const price = (trial: PrecisionTrial) => (trial.difference - difference) / (constraints - trial.constraints)
    const byCost = goal.maxLoss !== undefined
    const [next] = tried.sort((a, b) => (byCost ? a.constraints - b.constraints : price(a) - price(b)))
    if (!next) return
    if (next.setting.saturation !== setting.saturation) idle.delete('saturationBits')
    path.push(next)
  }
}

/** Settings that differ by one bit in one place: of the model, or of the named node. */
function neighbours(
  setting: PrecisionSetting,
  { by, name }: { by: 1 | -1; name: string | undefined },
): { bit: string; moved: PrecisionSetting }[] {
  const isAllowed = (bits: number) => bits >= 2 && bits <= 16
  if (name === undefined) {
    const inputBits = setting.inputBits + by
    const inputs = inputBits >= 1 && inputBits <= 16 ? [{ bit: 'inputBits', moved: { ...setting, inputBits } }] : []
    const bits = bitNames.filter((bit) => isAllowed(setting[bit] + by))
    const moves = bits.map((bit) => ({ bit, moved: { ...setting, [bit]: setting[bit] + by } }))
    return [...inputs, ...moves, ...(by < 0 ? switches(setting) : [])]
  }
  const own = setting.nodes[name] ?? {}
  return bitNames.flatMap((bit) => {
    const bits = (own[bit] ?? setting[bit]) + by
    const nodes = { ...setting.nodes, [name]: { ...own, [bit]: bits } }
    return isAllowed(bits) ? [{ bit, moved: { ...setting, nodes } }] : []
  })
}

/** Settings with hidden values that saturate wherever they may, and with scales for channels, where they have not. */
function switches(setting: PrecisionSetting): { bit: string; moved: PrecisionSetting }[] {
  const moves: { bit: string; moved: PrecisionSetting }[] = []
  if (setting.saturation === 'auto') moves.push({ bit: 'saturation', moved: { ...setting, saturation: 'always' } })
  if (!setting.perChannel) moves.push({ bit: 'perChannel', moved: { ...setting, perChannel: true } })
  return moves
}
