#!/usr/bin/env node
// The launcher. In a checkout the sources run as they are, through tsx; an installed package runs what `npm run build` made.
// One process either way: signals must reach the process that does the work.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const fromRoot = (path) => new URL(`../${path}`, import.meta.url)

if (existsSync(fromRoot('src/main/cli.ts'))) {
  const { register } = await import('tsx/esm/api')
  // Named, because the tsconfig of whatever folder we are called in does not know where the public doors are.
  register({ tsconfig: fileURLToPath(fromRoot('tsconfig.json')) })
  await import(fromRoot('src/main/cli.ts').href)
} else {
  await import(fromRoot('dist/src/main/cli.js').href)
}
