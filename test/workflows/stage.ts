import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as definitions from '../../activities/index.ts'
import { createRouteTable } from '../../src/dispatcher/route-table.ts'
import type { Provider } from '../../src/providers/provider.ts'
import type { Source } from '../../src/providers/source.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { migrate } from '../../src/storage/migrate.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { readActivities } from '../../src/temporal/user-activities.ts'
import * as workflows from '../../workflows/index.ts'
import { bundleProduct } from '../replay/product-bundle.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { providers } from '../support/providers.ts'
import { connectTemporal, createNamespace } from '../support/temporal.ts'
import { startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'
import { type MailServer, type Outside, startMailServer, startOutside } from './outside.ts'

type SourceName = 'team-connect' | 'stripe' | 'github' | 'standard-webhooks' | 'slack'

export interface Ended {
  state: string
  reason: string | null
  code: string | null
}

/** The reference workflows on the real engine, with everything outside of it on this machine. */
export interface WorkflowStage {
  pool: Pool
  outside: Outside
  mail: MailServer
  /** Where recordings are kept. */
  folder: string
  /** Brings an event into the inbox as the provider's request would; its key. */
  send(source: SourceName, body: object | string, headers?: Record<string, string>): Promise<string>
  ended(key: string): Promise<Ended>
  /** What Temporal has written down of a run, as text. */
  historyOf(workflowId: string): Promise<string>
  close(): Promise<void>
}

const PATIENCE = { timeoutMs: 50_000 }

function sourceOf(provider: Provider, baseUrl: string): Source {
  const hasApi = 'fetch' in provider.canonical
  return toySource({
    ...{ id: provider.name, name: provider.name, provider, taskQueue: 'posthorn-events' },
    ...(hasApi && { api: { token: 'token', baseUrl } }),
    urls: { hosts: [], loopback: true },
  })
}

/** `bare`: no system outside is configured. */
export async function setWorkflowStage({ bare = false } = {}): Promise<WorkflowStage> {
  const [outside, mail] = await Promise.all([startOutside(), startMailServer()])
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-recordings-'))
  const database = await createTestDatabase()
  await migrate(database.url, { appMigrations: 'migrations' })
  const pool = database.pool()
  const root = await connectTemporal()
  const temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  const names: SourceName[] = ['team-connect', 'stripe', 'github', 'standard-webhooks', 'slack']
  const sources = new Map(names.map((name) => [name as string, sourceOf(providers[name], `${outside.url}/api`)]))
  const system = (name: string): string => `${outside.url}/${name}`
  const running = await startTestEngine({
    ...{ database, temporal, source: toySource(), sources },
    routes: createRouteTable(workflows),
    activities: readActivities(definitions),
    workflowBundle: await bundleProduct(),
    userSettings: bare
      ? {}
      : {
          ...Object.fromEntries(SYSTEMS.map((name) => [name, system(name)])),
          ...{ smtp: mail.url, mailFrom: 'Shop <shop@example.com>', recordings: folder },
        },
  })
  const inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  return {
    ...{ pool, outside, mail, folder },
    async send(name, content, headers = {}) {
      const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
      const { provider } = sources.get(name) as Source
      const request = { method: 'POST', url: `https://hooks.example.com/webhooks/${name}`, headers, body }
      const [identified] = provider.identify(request)
      assert.ok(identified)
      const { id = randomUUID(), ...event } = identified
      const { key } = await inbox.accept(
        incomingEvent({ source: name, provider: provider.name, body, headers, ...event, eventId: id }),
      )
      return key
    },
    ended: (key) =>
      eventually(async () => {
        const { rows } = await pool.query<Ended>(
          'select state, reason, error_code as code from posthorn.runs where key = $1',
          [key],
        )
        assert.ok(rows[0], 'it still runs')
        return rows[0]
      }, PATIENCE),
    async historyOf(workflowId) {
      const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory()
      const { payloads, text } = { payloads: [] as string[], text: JSON.stringify(events) }
      // Payloads are Base64 there.
      for (const [, data = ''] of text.matchAll(/"data":"([^"]*)"/g)) payloads.push(atob(data))
      return text + payloads.join('\n')
    },
    async close() {
      await running.stop()
      await temporal.close()
      await mail.close()
      outside.close()
      await database.drop()
      await rm(folder, { recursive: true })
    },
  }
}

const SYSTEMS = ['alerts', 'analysis', 'analytics', 'buildServer', 'cdn', 'crm', 'search', 'sms', 'transcription']
