const PAGE = 200

/** Visits all entities in their order, a page in memory at a time. Each says where the walk goes on behind it. */
export async function walk<After, T extends After>(
  page: (after: After, limit: number) => Promise<T[]>,
  visit: (entity: T) => Promise<void>,
  start: After,
): Promise<void> {
  for (let after: After | undefined = start; after !== undefined;) {
    const entities: T[] = await page(after, PAGE)
    await Promise.all(entities.map(visit))
    after = entities.length < PAGE ? undefined : entities.at(-1)
  }
}
