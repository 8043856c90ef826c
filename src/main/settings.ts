import { ConfigurationError } from './settings/configuration-error.ts'
import { type Setting, type Settings, settingRows } from './settings/settings-table.ts'
import { nearest } from './settings/nearest.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Which process reads the settings: rules that concern only one of them do not stop the others. */
export type Role = 'serve' | 'work' | 'tool'

/**
 * Reads every setting from an environment.
 * @throws ConfigurationError that names all problems at once, each with what to do.
 */
export function readSettings(environment: Environment, role: Role = 'tool'): Settings {
  const problems: string[] = []
  const sections: Record<string, Record<string, unknown>> = {}
  for (const { section, key, setting } of settingRows()) {
    const value = readOne(setting, environment, problems)
    ;(sections[section] ??= {})[key] = value
  }
  const settings = freeze(sections)
  problems.push(...brokenRules(settings, environment, role))
  if (problems.length > 0) throw new ConfigurationError('The settings are not right.', problems)
  return settings
}

function readOne(setting: Setting, environment: Environment, problems: string[]): unknown {
  const text = environment[setting.name] || setting.fallback
  if (text === undefined) return undefined
  const value = setting.kind.parse(text)
  if (value !== undefined) return value
  problems.push(explain(setting, text))
  // So that the rules between settings can be looked at, too.
  return setting.fallback === undefined ? undefined : setting.kind.parse(setting.fallback)
}

function explain({ name, kind }: Setting, text: string): string {
  const shown = kind.mask === undefined ? `"${text}"` : 'something else'
  const sentence = `${name} must be ${kind.expects}; it is ${shown}.`
  if (!SERVICE_LINK_VALUE.test(text)) return sentence
  return `${sentence} Kubernetes sets it for a Service of this name: set enableServiceLinks to false, or rename the Service.`
}

function freeze(sections: Record<string, Record<string, unknown>>): Settings {
  for (const section of Object.values(sections)) Object.freeze(section)
  // Filled from the table row by row, which is what the type is made of.
  return Object.freeze(sections) as unknown as Settings
}

function brokenRules(settings: Settings, environment: Environment, role: Role): string[] {
  const problems: string[] = []
  const { receiver, process } = settings
  if (role !== 'tool' && !environment['DATABASE_URL']) {
    problems.push('Set DATABASE_URL to the Postgres to use, or run `posthorn dev`, which brings one.')
  }
  if ((receiver.tlsCertificate === undefined) !== (receiver.tlsKey === undefined)) {
    problems.push('POSTHORN_TLS_CERT and POSTHORN_TLS_KEY go together: set both, or neither.')
  }
  if (receiver.tlsClientCa !== undefined && receiver.tlsCertificate === undefined) {
    problems.push(
      'POSTHORN_TLS_CLIENT_CA needs POSTHORN_TLS_CERT and POSTHORN_TLS_KEY: clients show certificates in TLS only.',
    )
  }
  if (settings.worker.shutdownGraceMs >= process.shutdownTimeoutMs) {
    problems.push('POSTHORN_SHUTDOWN_TIMEOUT must be longer than POSTHORN_SHUTDOWN_GRACE, which is a part of it.')
  }
  problems.push(...brokenRetentionRules(settings))
  if (process.isProduction && role === 'serve') problems.push(...brokenProductionRules(receiver, environment))
  return problems
}

/** Whatever is kept of an event is found, and erased, by its row. */
const brokenRetentionRules = ({ retention }: Settings): string[] =>
  [
    { name: 'POSTHORN_BODY_RETENTION_DAYS', days: retention.bodies },
    { name: 'POSTHORN_RECEIPT_RETENTION_DAYS', days: retention.receipts },
  ]
    .filter(({ days }) => days > retention.events)
    .map(({ name }) => `${name} must not be longer than POSTHORN_RETENTION_DAYS.`)

function brokenProductionRules(receiver: Settings['receiver'], environment: Environment): string[] {
  const problems: string[] = []
  if (!receiver.publicUrl.startsWith('https://')) {
    const now = environment['POSTHORN_PUBLIC_URL'] ? 'it is plain HTTP' : 'it is not set'
    problems.push(`In production POSTHORN_PUBLIC_URL must be the https:// URL that providers call; ${now}.`)
  }
  if (receiver.tlsCertificate === undefined && receiver.trustedProxies === undefined) {
    problems.push(
      'In production plain HTTP is refused: set POSTHORN_TRUSTED_PROXIES to the proxy that terminates TLS, or POSTHORN_TLS_CERT and POSTHORN_TLS_KEY.',
    )
  }
  return problems
}

/** What Kubernetes and Docker links inject for a Service called `posthorn…`: by name, or by value. */
const SERVICE_LINK_NAME = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP)(_\w+)?$/
const SERVICE_LINK_VALUE = /^(tcp|udp):\/\//

/**
 * A sentence for every `POSTHORN_` variable that nothing reads: a misspelt setting must not pass for a set one.
 * `known` are names that the configuration file gives to secrets.
 */
export function unknownVariables(environment: Environment, known: ReadonlySet<string>): string[] {
  const settings = settingRows().map(({ setting }) => setting.name)
  return Object.keys(environment)
    .filter((name) => name.startsWith('POSTHORN_') && !settings.includes(name) && !known.has(name))
    .filter((name) => !SERVICE_LINK_NAME.test(name) && !SERVICE_LINK_VALUE.test(environment[name] ?? ''))
    .map((name) => {
      const meant = nearest(name, settings)
      return `${name} is not a setting of Posthorn. ${meant === undefined ? 'Remove it.' : `Did you mean ${meant}?`}`
    })
}
