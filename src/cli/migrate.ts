/** What `posthorn migrate` did, for people. */
export function migrationLines({
  applied,
  fetchSequence,
  unknownSources = [],
}: {
  applied: readonly string[]
  fetchSequence?: string
  unknownSources?: readonly string[]
}): string[] {
  return [
    ...(applied.length === 0 ? ['The database is up to date.'] : applied.map((name) => `Applied ${name}`)),
    ...(fetchSequence === undefined ? [] : [`Reads are numbered from ${fetchSequence} on.`]),
    ...unknownSources.map(
      (id) =>
        `It does not know the source ${id}. If that was connected before the restore, set its connectedAt before anything starts.`,
    ),
  ]
}
