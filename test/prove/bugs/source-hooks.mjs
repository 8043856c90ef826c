/** By bug: in which files what is put in place of what. Every place must be found, or the test would test nothing. */
const BUGS = {
  /** The receiver answers 2xx while the flush is still on its way. */
  'ack-before-commit': {
    '/src/receiver/accept.ts': [
      [
        'const accepted = await options.inbox.acceptAll(identified.events)',
        `void options.inbox.acceptAll(identified.events).catch(() => undefined)
         const accepted = identified.events.map(() => ({ acceptance: 'new', key: '00000000-0000-0000-0000-000000000000' }))`,
      ],
    ],
  },
  /**
   * Temporal forgets what was closed, nobody asks Postgres, and the row of a start outlives it now and then, as after a kill. The reuse
   * policy alone doubles nothing, and no test could show it: a row that is claimed again is first held against the attempts that are
   * closed in Postgres. So both walls are down here, and what is shown is that one of the two is needed.
   */
  'default-reuse-policy': {
    '/src/dispatcher/start-run.ts': [[`'REJECT_DUPLICATE'`, `'ALLOW_DUPLICATE'`]],
    '/src/dispatcher/dispatch-claim.ts': [
      ['claim.claims > 1', 'claim.claims > Infinity'],
      [
        'await context.recordStart(started)',
        `if (claim.claims === 1 && claim.event.key < '4') return
         await context.recordStart(started)`,
      ],
    ],
  },
  /** Two views within a second have the same version, and the second is refused. */
  'second-resolution-guard': {
    '/src/providers/standard-webhooks/canonical.ts': [
      [
        `sequenceOf(payload['sequence'] ?? state['sequence'])`,
        `BigInt(Math.floor(Date.parse(payload['timestamp']) / 1000))`,
      ],
    ],
    '/src/storage/entities.ts': [
      [`return BigInt((rows[0] as { nextval: string }).nextval)`, 'return BigInt(Math.floor(Date.now() / 1000))'],
    ],
  },
}

let patches = {}

export function initialize(bug) {
  if (!(bug in BUGS)) throw new Error(`There is no bug ${bug}`)
  patches = BUGS[bug]
}

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context)
  const file = Object.keys(patches).find((path) => url.split('?')[0].endsWith(path))
  if (file === undefined) return loaded
  let source = String(loaded.source)
  for (const [from, to] of patches[file]) {
    if (!source.includes(from)) throw new Error(`${file} has no place for the bug: ${from}`)
    source = source.replaceAll(from, to)
  }
  return { ...loaded, source }
}
