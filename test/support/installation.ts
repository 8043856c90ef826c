import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { temporaryDirectory } from './temporary-directory.ts'

/** A signing secret that fits the source of `CONFIG`. */
export const ORDERS_SECRET = `whsec_${Buffer.from('a secret of the tests, 32 bytes.').toString('base64')}`

const CONFIG = `
import { defineConfig, env } from 'posthorn'

export default defineConfig({
  sources: { orders: { provider: 'standard-webhooks', secret: env('ORDERS_WEBHOOK_SECRET') } },
})
`

const WORKFLOWS = `
import { eventWorkflow, processed } from 'posthorn/workflow'

export const orderCreated = eventWorkflow('standard-webhooks/order.created', async () => processed())
`

/** A small installation of its own, as a user's project. `files` are added, or take the place of its own. */
export async function writeInstallation(t: TestContext, files: Record<string, string> = {}): Promise<string> {
  const root = await temporaryDirectory(t)
  const all = {
    'package.json': '{ "name": "installation", "private": true, "type": "module" }',
    'posthorn.config.ts': CONFIG,
    'workflows/index.ts': WORKFLOWS,
    ...files,
  }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return root
}
