import type { ZodType } from 'zod'
import type { Provider } from './provider.ts'

/** The schema of a type, if the provider has one. The type came from outside: `constructor` is none, though every object has one. */
export const schemaOf = ({ schemas }: Pick<Provider, 'schemas'>, type: string): ZodType | undefined =>
  Object.hasOwn(schemas, type) ? schemas[type] : undefined
