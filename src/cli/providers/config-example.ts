import type { Provider, SetUp } from '../../providers/provider.ts'
import { providerFacts } from './provider-facts.ts'

/** A variable that the example refers to, and what stands in it. */
export interface ExampleVariable {
  name: string
  about: string | undefined
}

export interface ConfigExample {
  /** The whole of a `posthorn.config.ts`. */
  text: string
  variables: readonly ExampleVariable[]
}

interface Reference {
  key: keyof SetUp
  variable: string
}

/** A configuration with one source of a provider: everything that it can make use of, and nothing else. */
export function configExample(provider: Provider): ConfigExample {
  const { name, setUp } = provider
  const prefix = name.toUpperCase().replaceAll('-', '_')
  const secret: Reference = { key: 'secret', variable: `${prefix}_WEBHOOK_SECRET` }
  const api = apiReferences(provider, prefix)
  const lines = [
    `provider: '${name}',`,
    `secret: ${envOf(secret)},`,
    ...(api.length > 0
      ? [`api: { ${api.map((one) => `${one.key}: ${envOf(one)}`).join(', ')} },`, 'mirror: true,']
      : []),
  ]
  return {
    text: configOf(name, lines),
    variables: [secret, ...api].map(({ key, variable }) => ({ name: variable, about: setUp?.[key] })),
  }
}

function apiReferences(provider: Provider, prefix: string): Reference[] {
  const { canonical } = provider
  if ('view' in canonical) return []
  const { lists } = providerFacts(provider)
  return [
    { key: 'token', variable: `${prefix}_API_TOKEN` },
    ...(canonical.baseUrl === '' ? [{ key: 'baseUrl', variable: `${prefix}_API_URL` } as const] : []),
    ...('needsPlace' in lists && lists.needsPlace
      ? [{ key: 'listing', variable: `${prefix}_API_LISTING` } as const]
      : []),
  ]
}

const envOf = ({ variable }: Reference): string => `env('${variable}')`

const configOf = (name: string, lines: readonly string[]): string => `import { defineConfig, env } from 'posthorn'

export default defineConfig({
  sources: {
    ${/^\w+$/.test(name) ? name : `'${name}'`}: {
${lines.map((line) => `      ${line}\n`).join('')}    },
  },
})
`
