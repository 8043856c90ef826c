/** What `posthorn migrate` did, for people. */
export function migrationLines({
  applied,
  fetchSequence,
}: {
  applied: readonly string[]
  fetchSequence?: string
}): string[] {
  const lines = applied.length === 0 ? ['The database is up to date.'] : applied.map((name) => `Applied ${name}`)
  return fetchSequence === undefined ? lines : [...lines, `Reads are numbered from ${fetchSequence} on.`]
}
