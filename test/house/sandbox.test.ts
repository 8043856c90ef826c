import assert from 'node:assert/strict'
import { isAbsolute, join } from 'node:path'
import { test } from 'node:test'
import { bundleProduct } from '../replay/product-bundle.ts'
import { ROOT } from './source-files.ts'

/** What of ours may run in Temporal's sandbox: every open history runs through it, so it stays small. */
const OURS = [
  'src/domain/',
  'src/kit/activity-policy.ts',
  'src/kit/activity-proxies.ts',
  'src/kit/await-approval.ts',
  'src/kit/call-activity.ts',
  'src/kit/current-event.ts',
  'src/kit/event-workflow.ts',
  'src/kit/fail.ts',
  'src/kit/look-until.ts',
  'src/kit/noted-delay.ts',
  'src/kit/saga.ts',
  'src/kit/wait-activities.ts',
  'src/kit/wait-for.ts',
  'src/kit/workflow.ts',
  'src/temporal/describe-failure.ts',
  'src/temporal/outcome-interceptor.ts',
  'src/temporal/run-header-interceptor.ts',
  'src/temporal/run-header.ts',
  'src/temporal/search-attributes.ts',
  'src/temporal/workflows/',
  'workflows/',
]

/** Temporal's own, and what those bring. */
const PACKAGES = ['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc']

/** The files that went into a bundle, from the root or from `node_modules`; its source map names them. */
function modulesOf({ code }: { code: string }): string[] {
  const encoded = /sourceMappingURL=data:[^,]*,(\S+)/.exec(code)?.[1] ?? ''
  const { sources } = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { sources: string[] }
  const isModule = (source: string) => source.includes('/node_modules/') || source.startsWith(`${ROOT}/`)
  return sources
    .filter((source) => isAbsolute(source) && isModule(source))
    .map((source) => source.slice(source.lastIndexOf('/node_modules/') + 1 || ROOT.length + 1))
}

const strangers = (modules: string[]): string[] =>
  modules.filter(
    (path) => ![...OURS, ...PACKAGES.map((name) => `node_modules/${name}/`)].some((one) => path.startsWith(one)),
  )

test('the workflow bundle holds neither activities nor providers, nor any package but Temporal’s', async () => {
  const modules = modulesOf(await bundleProduct())
  assert.ok(modules.includes('src/temporal/outcome-interceptor.ts'), 'the modules are the bundle’s')
  assert.deepEqual(strangers(modules), [])
})

test('a workflow that brings a provider along is found', async () => {
  const modules = modulesOf(await bundleProduct(join(import.meta.dirname, 'smuggler.ts')))
  const found = strangers(modules)
  assert.ok(found.includes('src/providers/stripe/events.ts'))
  assert.ok(found.some((path) => path.startsWith('node_modules/zod/')))
})
