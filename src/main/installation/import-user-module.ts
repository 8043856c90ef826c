let loaderIsThere = import.meta.filename.endsWith('.ts')

/**
 * Imports a file of the installation. Where the engine itself runs compiled, TypeScript files need the loader that the checkout
 * has from the start; what `posthorn build` made needs none.
 */
export async function importUserModule(url: URL): Promise<unknown> {
  if (!loaderIsThere && url.pathname.endsWith('.ts')) {
    const { register } = await import('tsx/esm/api')
    register()
    loaderIsThere = true
  }
  return import(url.href)
}
