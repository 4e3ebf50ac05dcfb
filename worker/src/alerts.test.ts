import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { type MetricDescription, metricCatalogue } from './metricCatalogue.ts'

const folder = fileURLToPath(new URL('../../config', import.meta.url))
const read = (name: string) => parse(readFileSync(join(folder, name), 'utf8'))

type Rule = { alert: string; expr: string; annotations: { summary: string } }
type RuleTest = { alertname: string; exp_alerts: unknown[] }
// Files of this repository, whose shape promtool checks below.
const rules = read('alerts.yaml').groups.flatMap(({ rules }: { rules: Rule[] }) => rules) as Rule[]
const tried = read('alerts.test.yaml').tests.flatMap(
  ({ alert_rule_test }: { alert_rule_test: RuleTest[] }) => alert_rule_test,
) as RuleTest[]

/** What Prometheus itself knows of a scraped program. */
const ownMetrics: Record<string, readonly string[]> = { up: ['job'] }
const ownLabels = ['instance', 'job']

/** What an expression asks for and the catalogue does not have: names of metrics, and `name{label}` for labels. */
function unknownIn(expr: string): string[] {
  const catalogue: Record<string, MetricDescription> = metricCatalogue
  return [...expr.matchAll(/\b([a-z]\w*)\{([^}]*)\}|\b(assay_\w+|up)\b/g)].flatMap(([, selected, matchers, bare]) => {
    const name = selected ?? bare ?? ''
    const labels = catalogue[name]?.labels ?? ownMetrics[name]
    if (labels === undefined) return [name]
    const asked = [...(matchers ?? '').matchAll(/(\w+)\s*[=!]/g)].map(([, label]) => label ?? '')
    return asked.filter((label) => ![...labels, ...ownLabels].includes(label)).map((label) => `${name}{${label}}`)
  })
}

/** Labels that a summary shows and no metric of its expression has. */
function unknownLabelsIn({ expr, annotations }: Rule): string[] {
  const catalogue: Record<string, MetricDescription> = metricCatalogue
  const names = expr.match(/assay_\w+/g) ?? []
  const labels = [...ownLabels, ...names.flatMap((name) => [...(catalogue[name]?.labels ?? [])])]
  const shown = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? '')
  return shown.filter((label) => !labels.includes(label))
}

const promtool = (process.env.PATH ?? '')
  .split(delimiter)
  .map((directory) => join(directory, 'promtool'))
  .find((file) => existsSync(file))

test('invariant: S0-REL-5 no alert names a metric or a label that does not exist', () => {
  for (const rule of rules) {
    assert.deepEqual(unknownIn(rule.expr), [], rule.alert)
    assert.deepEqual(unknownLabelsIn(rule), [], rule.alert)
  }
})

test('error: S0-REL-5 a name or a label that does not exist is found', () => {
  assert.deepEqual(unknownIn('rate(assay_worker_jobz[5m]) > 0'), ['assay_worker_jobz'])
  assert.deepEqual(unknownIn('assay_worker_jobs{state="open"} > 0'), ['assay_worker_jobs{state}'])
  assert.deepEqual(unknownIn('node_load1{instance="a"} > 0'), ['node_load1'])
  assert.deepEqual(
    unknownLabelsIn({ alert: 'A', expr: 'assay_worker_jobs > 0', annotations: { summary: '{{ $labels.reason }}' } }),
    ['reason'],
  )
})

test('invariant: S0-REL-5 each alert is tried where it calls and where it does not', () => {
  const names = (calling: boolean) =>
    tried.filter(({ exp_alerts }) => exp_alerts.length > 0 === calling).map(({ alertname }) => alertname)

  const alerts = rules.map(({ alert }) => alert)
  assert.deepEqual(names(true), alerts)
  assert.deepEqual(names(false), alerts)
})

test('behavior: S0-REL-5 the alerts call when they should, evaluated by Prometheus itself', (t) => {
  if (promtool === undefined) return t.skip('promtool (Debian: prometheus) is not in PATH')

  execFileSync(promtool, ['check', 'rules', 'alerts.yaml'], { cwd: folder })
  execFileSync(promtool, ['test', 'rules', 'alerts.test.yaml'], { cwd: folder })
})
