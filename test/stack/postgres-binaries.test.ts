import assert from 'node:assert/strict'
import { mkdir, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { linkLibraries } from '../../src/stack/postgres-binaries.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('the library links that npm could not make are made, whoever else makes them at the same time', async (t) => {
  const root = await temporaryDirectory(t)
  const native = join(root, 'native')
  await mkdir(join(native, 'lib'), { recursive: true })
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }))
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links))

  await Promise.all(Array.from({ length: 8 }, () => linkLibraries(native)))
  await linkLibraries(native)
  assert.equal(await readlink(join(native, 'lib', 'libpq.so')), 'libpq.so.5.18')
  assert.equal(await readlink(join(native, 'lib', 'libpq.so.5')), 'libpq.so.5.18')
})

test('a package without links is left as it is', async (t) => {
  await linkLibraries(join(await temporaryDirectory(t), 'native'))
})
