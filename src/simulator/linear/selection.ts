/** The fields that a query asks for, each with those that it asks for within. */
export type Selection = Map<string, Selection>

/** Reads the first selection of a text: `{ id team { id key } }`. Arguments, aliases and fragments are none of Posthorn's. */
export function parseSelection(text: string): Selection {
  const words: readonly string[] = text.match(/[{}]|\w+/g) ?? []
  let at = words.indexOf('{') + 1

  function parse(): Selection {
    const selection: Selection = new Map()
    let name = ''
    for (; at < words.length; at += 1) {
      const word = words[at] ?? ''
      if (word === '}') return selection
      if (word === '{') {
        at += 1
        selection.set(name, parse())
      } else selection.set((name = word), new Map())
    }
    return selection
  }

  return parse()
}

/** What of a value was asked for; a field that it lacks is null, as GraphQL answers it. */
export function selectFrom(value: unknown, selection: Selection): unknown {
  if (selection.size === 0 || typeof value !== 'object' || value === null) return value ?? null
  if (Array.isArray(value)) return value.map((one) => selectFrom(one, selection))
  const fields = value as Record<string, unknown>
  return Object.fromEntries([...selection].map(([name, inner]) => [name, selectFrom(fields[name], inner)]))
}
