import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT, type SourceFile } from './source-files.ts'

const inFolder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: folder !== '', encoding: 'utf8' }).map((name) =>
    join(ROOT, folder, name),
  )

/** What people read. */
export const pages: SourceFile[] = [...inFolder(''), ...inFolder('docs')]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }))

/** Every first group of `pattern` in the pages, with where it stands. */
export const found = (pattern: RegExp, from: readonly SourceFile[] = pages): { path: string; what: string }[] =>
  from.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([, what = '']) => ({ path, what })))
