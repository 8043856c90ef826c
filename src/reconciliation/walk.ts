import type { After } from '../storage/listed-entities.ts'

const PAGE = 200

/** Visits all entities in their order, a page in memory at a time. */
export async function walk<T extends After>(
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
