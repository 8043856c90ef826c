import { join } from 'node:path'
import { bundleWorkflows } from '../../src/temporal/bundle.ts'
import { readActivities } from '../../src/temporal/user-activities.ts'
import * as definitions from '../../activities/index.ts'

/** The bundle that the repository's own installation runs, or one with other workflows beside its activities. */
export const bundleProduct = (
  workflows = join(import.meta.dirname, '../../workflows/index.ts'),
): Promise<{ code: string }> => bundleWorkflows({ workflows, policies: readActivities(definitions).policies })
