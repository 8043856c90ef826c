import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'
import { ROOT, importsOf, sourceFiles } from './source-files.ts'

interface Manifest {
  exports: Record<string, string | { types: string; default: string }>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
  config: { compilerOptions: { paths: Record<string, string[]> } }
}

test('every public door leads to the same file in the checkout and in the package', () => {
  const doors = Object.entries(manifest.exports).filter(([, target]) => typeof target !== 'string')
  const inPackage = doors.map(([door, target]) => [`posthorn${door.slice(1)}`, target])
  const inCheckout = Object.entries(config.compilerOptions.paths).map(([door, [source = '']]) => {
    assert.ok(existsSync(join(ROOT, source)), source)
    const built = source.replace(/^\.\/src\//, './dist/src/').replace(/\.ts$/, '')
    return [door, { types: `${built}.d.ts`, default: `${built}.js` }]
  })
  assert.ok(inPackage.length > 0)
  assert.deepEqual(inPackage, inCheckout)
})

for (const folder of ['src/storage/migrations', 'migrations']) {
  test(`${folder} is numbered without holes`, () => {
    const numbers = readdirSync(join(ROOT, folder)).map((file) => /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1] ?? file)
    assert.deepEqual(
      numbers.sort(),
      numbers.map((_, index) => String(index + 1).padStart(4, '0')),
    )
  })
}

const packageOf = (specifier: string): string => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier

/** The packages that the files under some folders import, whole or for their types. */
function packagesOf(places: RegExp): string[] {
  const targets = sourceFiles()
    .filter(({ path }) => places.test(path))
    .flatMap(importsOf)
    .filter(({ target, isOurs }) => !isOurs && !target.startsWith('node:') && packageOf(target) !== 'posthorn')
    .map(({ target }) => packageOf(target))
  return [...new Set(targets)].sort()
}

test('what the engine imports are exactly its dependencies', () => {
  assert.deepEqual(packagesOf(/^(src|bin)\//), Object.keys(manifest.dependencies).sort())
})

test('what user space and tests import is declared, too', () => {
  const declared = { ...manifest.dependencies, ...manifest.devDependencies }
  assert.deepEqual(
    packagesOf(/./).filter((name) => !(name in declared)),
    [],
  )
})

test('every version is exact, and all of Temporal is one version', () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  assert.deepEqual(
    versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
    [],
  )
  const temporal = versions.filter(([name]) => name.startsWith('@temporalio/')).map(([, version]) => version)
  assert.equal(new Set(temporal).size, 1)
})
