import { type Output, table } from './output.ts'

export interface ShownSetting {
  name: string
  /** Masked; undefined when unset. */
  value: string | undefined
  isDefault: boolean
  about: string
}

/** Prints the settings in force. */
export function settings(shown: readonly ShownSetting[], output: Output): void {
  output.show(shown, (rows) =>
    table(
      ['SETTING', 'VALUE', 'FROM', 'ABOUT'],
      rows.map(({ name, value, isDefault, about }) => [
        name,
        value ?? '-',
        isDefault ? 'default' : 'environment',
        about,
      ]),
      '',
    ),
  )
}
