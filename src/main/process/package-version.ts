import { createRequire } from 'node:module'
import { join } from 'node:path'

interface Manifest {
  version: string
  dependencies?: Record<string, string>
}

const requireHere = createRequire(import.meta.url)

/** The version of an installed package, as seen from the engine. */
export const packageVersion = (name: string): string => readManifest(requireHere, name).version

/**
 * The versions of all `@temporalio` packages, as the engine finds them and as the installation in `root` does: a second copy
 * there is how versions come to differ.
 */
export function temporalVersions(root: string): Record<string, string> {
  const dependencies = Object.keys(readManifest(requireHere, 'posthorn').dependencies ?? {})
  const names = dependencies.filter((name) => name.startsWith('@temporalio/'))
  const requireThere = createRequire(join(root, 'package.json'))
  const versions: Record<string, string> = {}
  for (const name of names) {
    versions[name] = readManifest(requireHere, name).version
    const there = readIfInstalled(requireThere, name)
    if (there !== undefined && there !== versions[name]) versions[`${name} in ${root}`] = there
  }
  return versions
}

function readIfInstalled(require: NodeJS.Require, name: string): string | undefined {
  try {
    return readManifest(require, name).version
  } catch {
    return undefined
  }
}

const readManifest = (require: NodeJS.Require, name: string): Manifest => require(`${name}/package.json`) as Manifest
