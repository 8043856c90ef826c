import { readFile } from 'node:fs/promises'
import { CommandError } from '../../cli/exit-codes.ts'
import { settings as showSettings } from '../../cli/settings.ts'
import { envExample } from '../settings/env-example.ts'
import { settingRows } from '../settings/settings-table.ts'
import { type Environment, readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

export interface SettingsFlags {
  /** Print the text of `.env.example` in place of the settings. */
  envExample: boolean
  /** Compare that text with a file in place of printing. */
  check?: string
}

/** `posthorn settings`: prints the settings in force, or guards the file that documents them. */
export async function runSettings({ environment, output }: CommandContext, flags: SettingsFlags): Promise<void> {
  if (flags.check !== undefined) return checkEnvExample(flags.check)
  if (flags.envExample) return output.show({ text: envExample() }, ({ text }) => text.trimEnd().split('\n'))
  readSettings(environment)
  showSettings(shownSettings(environment), output)
}

const shownSettings = (environment: Environment) =>
  settingRows().map(({ setting }) => {
    const text = environment[setting.name] || undefined
    return {
      name: setting.name,
      value: text === undefined ? setting.fallback : (setting.kind.mask?.(text) ?? text),
      isDefault: text === undefined,
      about: setting.about,
    }
  })

async function checkEnvExample(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text === envExample()) return
  const mend = `Run \`posthorn settings --env-example > ${file}\`.`
  throw new CommandError('failed', `${file} is not what the table of settings makes. ${mend}`)
}
