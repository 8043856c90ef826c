import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Metric } from 'prom-client'
import { parse } from 'yaml'
import { ALARM_LEVELS } from '../../src/dispatcher/dead-letter-alarm.ts'
import { settingRows } from '../../src/main/settings/settings-table.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { commandHelp } from './command-help.ts'
import { ROOT } from './source-files.ts'

interface Rule {
  alert: string
  expr: string
  for?: string
  labels: { severity: string }
  annotations: { summary: string; action: string }
}

const text = readFileSync(join(ROOT, 'deploy/alerts.yml'), 'utf8')
const rules = (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules)

test('every alert has a name of its own, a severity, and says what is wrong and what to do', () => {
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  for (const { alert, labels, annotations, for: duration } of rules) {
    assert.match(alert, /^Posthorn[A-Z]\w+$/)
    assert.match(labels.severity, /^(warning|critical)$/)
    assert.ok(annotations.summary && annotations.action, alert)
    assert.match(duration ?? '1m', /^\d+m$/)
  }
})

test('alerts ask for metrics and labels that there are', () => {
  const metrics = new Map(
    createMetrics()
      .registry.getMetricsAsArray()
      .map((metric) => [metric.name, metric]),
  )
  const asked = [...text.matchAll(/\b(posthorn_\w+)(?:\{(\w+)="(\w+)"\})?/g)]
  assert.ok(asked.length >= 10)
  for (const [, name = '', label, value = ''] of asked) {
    const metric = metrics.get(name) as (Metric & { labelNames?: string[] }) | undefined
    assert.ok(metric, name)
    if (label !== undefined) assert.ok(metric.labelNames?.includes(label), `${name} has no ${label}`)
    if (label === 'level') assert.ok((ALARM_LEVELS as readonly string[]).includes(value), value)
  }
})

test('a rule cannot be answered by a process that does not know: what a worker sets, the receiver does not show', async () => {
  const namesOf = async (of: 'receiver' | 'worker'): Promise<Set<string>> =>
    new Set((await createMetrics({ of }).registry.getMetricsAsJSON()).map(({ name }) => name))
  const [receiver, worker] = [await namesOf('receiver'), await namesOf('worker')]
  for (const [, name = ''] of text.matchAll(/\b(posthorn_\w+)/g)) {
    assert.equal(Number(receiver.has(name)) + Number(worker.has(name)), 1, name)
  }
  assert.ok(receiver.has('posthorn_absorbed_total') && worker.has('posthorn_dead_letters'))
})

test('thresholds that the comments name are those of the settings', () => {
  const fallbacks = new Map(settingRows().map(({ setting }) => [setting.name, setting.fallback]))
  const named = [...text.matchAll(/(POSTHORN_[A-Z_]+)(?:\n *#)? \((\w+)\)/g)]
  assert.equal(named.length, 4)
  for (const [, name = '', value] of named) assert.equal(fallbacks.get(name), value, name)
})

test('commands that the alerts name are there', async () => {
  const named = [...text.matchAll(/posthorn ((?:dead-letters|routes|reconcile|retention) \w+|doctor)/g)].map(
    ([, command = '']) => command,
  )
  assert.ok(named.length > 0)
  for (const command of named) assert.ok(await commandHelp(command), command)
})
