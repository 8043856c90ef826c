import type { Recipe } from './digests.ts'

export interface Explanation {
  /** Each completes "It verifies with …". */
  words: string[]
  changes: number
}

/** What of each recipe is otherwise than the provider's own; without one, the whole recipe. The same recipe is said once. */
export function explainRecipes(recipes: readonly Recipe[], right: Recipe | undefined): Explanation[] {
  const explained = recipes.map((recipe) => {
    const words = right === undefined ? [wholly(recipe)] : differences(recipe, right)
    return { words, changes: words.length }
  })
  const said = new Set<string>()
  return explained.filter(({ words }) => {
    const text = words.join(' ')
    // Without a difference it is the provider's own recipe: something else is wrong, and others say what.
    if (words.length === 0 || said.has(text)) return false
    said.add(text)
    return true
  })
}

function differences(recipe: Recipe, right: Recipe): string[] {
  const { header, algorithm, content, encoding, key, body } = recipe
  return [
    ...(algorithm === right.algorithm ? [] : [`${algorithm} in place of ${right.algorithm}`]),
    ...(encoding === right.encoding ? [] : [`${encoding} in place of ${right.encoding}`]),
    ...(content === right.content ? [] : [`${content} signed, in place of ${right.content}`]),
    ...(header === right.header ? [] : [`the signature in ${header}, in place of ${right.header}`]),
    ...(key === right.key ? [] : [key ?? 'the secret read as text']),
    ...(body === undefined ? [] : [body]),
  ]
}

const wholly = ({ header, algorithm, content, encoding, key, body }: Recipe): string =>
  [`${algorithm} of ${content} in ${encoding}, as ${header} has it`, key, body]
    .filter((part) => part !== undefined)
    .join(', ')
