/** A process that has one child, for a test that kills it. The child writes its story to the file that is the argument. */
import { startChild } from '../../src/stack/child-process.ts'

const CHILD = `
exec > /dev/null 2>&1
trap 'echo asked to end >> "$0"; exit' TERM
echo up >> "$0"
while :; do sleep 0.05; done`

const [story = ''] = process.argv.slice(2)
await startChild({ command: '/bin/sh', args: ['-c', CHILD, story], env: {}, stopSignal: 'SIGTERM', stopTimeoutMs: 1 })
console.log('started')
