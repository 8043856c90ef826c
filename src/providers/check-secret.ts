/** Warnings that hold for a secret of any provider; undefined when it looks right. */
export function checkSecret(secret: string, options: { prefix?: string; minLength: number }): string | undefined {
  if (secret !== secret.trim()) return 'The secret begins or ends with whitespace, which is part of the key.'
  if (options.prefix !== undefined && !secret.startsWith(options.prefix)) {
    return `The secret does not begin with ${options.prefix}.`
  }
  if (secret.length < options.minLength) return `The secret is shorter than ${options.minLength} characters.`
  return undefined
}
