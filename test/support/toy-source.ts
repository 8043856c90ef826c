import type { Source } from '../../src/providers/source.ts'
import { toy } from '../engine/installation/provider.ts'

/** The one source of the toy installation. */
export function toySource(overrides: Partial<Source> = {}): Source {
  return {
    id: 'toy',
    name: 'toy',
    provider: toy,
    path: '/webhooks/toy',
    typeSuffix: false,
    secrets: [{ slot: 'current', value: 'unused' }],
    mirror: false,
    taskQueue: 'toy-events',
    maxBodyBytes: 1_048_576,
    allowIps: [],
    onMissingId: 'derive',
    onMalformed: 'park',
    ...overrides,
  }
}
