import { fileURLToPath } from 'node:url'
import { ConfigurationError } from '../settings/configuration-error.ts'

let loaderIsThere = import.meta.filename.endsWith('.ts')

/**
 * Imports a file of the installation. Where the engine itself runs compiled, TypeScript files need the loader that the checkout
 * has from the start; what `posthorn build` made needs none.
 * @throws ConfigurationError when the file cannot be loaded.
 */
export async function importUserModule(url: URL): Promise<Record<string, unknown>> {
  if (!loaderIsThere && url.pathname.endsWith('.ts')) {
    const { register } = await import('tsx/esm/api')
    register()
    loaderIsThere = true
  }
  try {
    return (await import(url.href)) as Record<string, unknown>
  } catch (error) {
    throw new ConfigurationError(`${fileURLToPath(url)} cannot be loaded.`, [explain(error as Error)], error)
  }
}

const explain = (error: Error): string =>
  (error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_CYCLE_MODULE'
    ? 'Put "type": "module" into the package.json beside it: the files of an installation are ES modules.'
    : error.message
