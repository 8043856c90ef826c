// Makes node_modules what package-lock.json says. Runs before anything is installed: Node's own modules only, and a syntax
// that old versions can parse, so that they reach the sentence about their age.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const wanted = engines.node.replace('>=', '')
if (isOlder(process.versions.node, wanted)) {
  fail(`Posthorn needs Node ${wanted} or later; this is ${process.versions.node}.`)
}

const missing = firstMissing()
if (missing !== undefined) install(missing)

/** The first package that is not installed as locked. npm writes down what it installed, in the form of the lock file. */
function firstMissing() {
  const locked = readPackages(join(root, 'package-lock.json'))
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return 'node_modules'
  const installed = readPackages(record)
  return Object.keys(locked).find((path) => {
    if (path === '') return false
    const found = installed[path]
    // Packages for other platforms are locked, but never installed.
    return found === undefined ? !locked[path].optional : found.version !== locked[path].version
  })
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

function install(reason) {
  console.error(`Installing dependencies, because ${reason} is missing or not the locked version (npm ci) …`)
  // No install script is needed, so none gets to run. Output goes to stderr: stdout belongs to the command that follows.
  const flags = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund']
  const viaNpm = process.env.npm_execpath !== undefined && process.env.npm_execpath.endsWith('npm-cli.js')
  const [command, args] = viaNpm ? [process.execPath, [process.env.npm_execpath, ...flags]] : ['npm', flags]
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (error !== undefined) fail(`npm could not be run: ${error.message}`)
  if (status !== 0) fail('npm ci failed; its own message stands above.')
}

function isOlder(version, than) {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number))
  for (const [index, part] of right.entries()) {
    if (left[index] !== part) return left[index] < part
  }
  return false
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
