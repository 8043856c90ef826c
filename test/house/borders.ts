import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Import, ROOT, type SourceFile, importsOf } from './source-files.ts'

interface Room {
  about: string
  /** Rooms, packages and Node modules that it may import whole. `*` stands for any name. */
  imports: string[]
  /** Those of which it may import types. */
  types: string[]
}

/** By path, the most exact one first: a file or a folder may have stricter borders than the folder around it. */
export const ROOMS: readonly (readonly [path: string, room: Room])[] = Object.entries(
  JSON.parse(readFileSync(join(ROOT, 'test/house/rooms.json'), 'utf8')) as Record<string, Room>,
).sort(([a], [b]) => b.length - a.length)

/** What is no room: it may import anything, and nothing else may import it. */
const OUTSIDE = /^(test|bench|scripts|bin)\/|^eslint\.config\.js$/

/** A sentence for every import of a file that its room may not have. */
export function crossings(file: SourceFile): string[] {
  if (OUTSIDE.test(file.path)) return []
  const room = roomOf(file.path)
  if (room === undefined) return [`${file.path} stands in no room: add its folder to test/house/rooms.json`]
  const [name, { imports, types }] = room
  return importsOf(file)
    .filter((one) => !isPermitted(one, name, one.typeOnly ? [...imports, ...types] : imports))
    .map(({ target, typeOnly }) => `${file.path} imports ${typeOnly ? 'types' : 'values'} of ${target}`)
}

const roomOf = (path: string) => ROOMS.find(([room]) => covers(room, path))

function isPermitted({ target, isOurs }: Import, room: string, permitted: readonly string[]): boolean {
  return isOurs
    ? [room, ...permitted].some((name) => covers(name, target))
    : permitted.some((name) => covers(name, target) && !isDoor(name, target))
}

/** `src/kit/testing` covers its folder and the file of that name beside it; `node:*` all of Node's modules. */
const covers = (name: string, target: string): boolean =>
  name.endsWith('*')
    ? target.startsWith(name.slice(0, -1))
    : target === name || target === `${name}.ts` || target.startsWith(`${name}/`)

/** `posthorn` is the configuration's door; the others are packages of their own, by name. */
const isDoor = (name: string, target: string): boolean => name === 'posthorn' && target !== name
