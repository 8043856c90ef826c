/** What `posthorn migrate` did, for people. */
export function migrationLines({ applied }: { applied: readonly string[] }): string[] {
  return applied.length === 0 ? ['The database is up to date.'] : applied.map((name) => `Applied ${name}`)
}
