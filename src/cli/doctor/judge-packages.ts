import { type Finding, failed, ok } from './finding.ts'

const MIN_NODE = [20, 19] as const

export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  const isEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])
  if (isEnough) return ok('node', version)
  return failed('node', version, `Install Node ${MIN_NODE.join('.')} or later.`)
}

/** `versions` of the `@temporalio` packages by name: client, worker and workflow bundle speak one protocol only when equal. */
export function judgeTemporalPackages(versions: Readonly<Record<string, string>>): Finding {
  const check = '@temporalio packages'
  const distinct = [...new Set(Object.values(versions))]
  if (distinct.length === 1) return ok(check, `all at ${distinct[0]}`)
  const detail = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
  return failed(check, detail, 'Pin all @temporalio packages to one exact version and install again.')
}
