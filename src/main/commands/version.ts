import { versionLines } from '../../cli/version.ts'
import { packageVersion } from '../process/package-version.ts'
import type { CommandContext } from './context.ts'

/** `posthorn version`: what runs here. */
export function runVersion({ output }: CommandContext): void {
  output.show(
    {
      posthorn: packageVersion('posthorn'),
      node: process.versions.node,
      temporalSdk: packageVersion('@temporalio/client'),
    },
    versionLines,
  )
}
