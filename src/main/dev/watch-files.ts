import { type FSWatcher, existsSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface WatchOptions {
  /** Watched with all that stands in them; those that do not exist are passed over. */
  folders: readonly string[]
  files: readonly string[]
  /** Told of the names that changed. */
  onChange: (names: string[]) => void
}

/** Editors write a file in several steps, and checkouts write many files: a change is reported when it has been quiet. */
const QUIET_MS = 150

/** Watches until the returned function is called. */
export function watchFiles({ folders, files, onChange }: WatchOptions): () => void {
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const note = (name: string): void => {
    changed.add(name)
    clearTimeout(timer)
    timer = setTimeout(() => {
      const names = [...changed]
      changed.clear()
      onChange(names)
    }, QUIET_MS)
  }
  const watchers: FSWatcher[] = [
    ...folders
      .filter(existsSync)
      .map((folder) => watch(folder, { recursive: true }, (_, name) => note(name ?? folder))),
    // By their folder: a file that an editor replaces is another file to the system.
    ...files.map((file) => watch(dirname(file), (_, name) => name === basename(file) && note(name))),
  ]
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
