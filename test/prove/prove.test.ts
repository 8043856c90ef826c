import assert from 'node:assert/strict'
import { chmod, readdir, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runProve } from './prove-run.ts'

test('what is killed again and again loses nothing, doubles nothing, lets nothing in and leaves nothing', async (t) => {
  const directory = await privateDirectory(t)
  const stopLooking = new AbortController()
  const [{ code, figures, told }, data] = await Promise.all([
    runProve(t, ['--events', '150', '--seed', '1'], { directory }).finally(() => stopLooking.abort()),
    dataBehindLink(join(directory, '.posthorn/prove'), stopLooking.signal),
  ])
  const { detail, ...plain } = figures
  const { acknowledged, forged, recovered, kills, max_lag_ms, ...wrongs } = plain
  assert.deepEqual(wrongs, { sent: 150, forged_accepted: 0, lost: 0, doubled: 0, refused: 0, diverged: 0 }, told)
  assert.deepEqual([...detail.findings, ...detail.not_shown], [])
  assert.equal(code, 0)
  assert.ok(kills >= 4)
  assert.ok(forged > 0)
  assert.ok(max_lag_ms > 0)
  assert.ok(recovered > 0, 'no webhook was lost, so none had to be recovered')
  assert.ok(acknowledged > 50 && acknowledged + recovered <= 150)
  assert.deepEqual(await readdir(join(directory, '.posthorn/prove')), [])
  if (process.getuid?.() === 0) assert.ok(data, 'the data of Postgres was not behind a link')
  if (data !== undefined) await assert.rejects(stat(data), { code: 'ENOENT' })
})

/** As a home of root's: Postgres, which runs as another user, cannot keep its data there. */
async function privateDirectory(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t)
  await chmod(directory, 0o700)
  return directory
}

/** Where the data of Postgres stands in truth, while it is there; undefined where that is no other place. */
async function dataBehindLink(proofs: string, signal: AbortSignal): Promise<string | undefined> {
  for (; !signal.aborted; await delay(200)) {
    const [own] = await readdir(proofs).catch(() => [])
    const target = own && (await readlink(join(proofs, own, 'postgres')).catch(() => undefined))
    if (target) return target
  }
  return undefined
}
