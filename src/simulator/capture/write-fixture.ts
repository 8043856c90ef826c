import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CapturedRequest, toHttp } from './captured-request.ts'

export interface FixtureFiles {
  /** The request, for `posthorn verify --request`. */
  request: string
  /** Its body alone, for `posthorn send --fixture`. */
  body: string
}

/** Writes a request and its body into a folder, under a name that begins with its time. A name that is taken gets a number. */
export async function writeFixture(folder: string, about: string, request: CapturedRequest): Promise<FixtureFiles> {
  await mkdir(folder, { recursive: true })
  const stamp = request.at.toISOString().replace(/[-:]|\.\d+Z$/g, '')
  const name = `${stamp}-${about.replaceAll(/[^\w.]+/g, '-').replaceAll(/^-|-$/g, '') || 'request'}`
  for (let turn = 1; ; turn += 1) {
    const base = join(folder, turn === 1 ? name : `${name}-${turn}`)
    const files = { request: `${base}.http`, body: `${base}.body.${extensionOf(request)}` }
    try {
      await writeFile(files.request, toHttp(request), { flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw error
    }
    await writeFile(files.body, request.body)
    return files
  }
}

function extensionOf({ headers }: CapturedRequest): string {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  if (type.includes('json')) return 'json'
  return type.includes('form') ? 'form' : 'bin'
}
