import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Styles a text for a terminal; without colour it stays as it is. */
export type Paint = (style: Style, text: string) => string

export const createPaint = (hasColor: boolean): Paint => (hasColor ? styleText : (_style, text) => text)
