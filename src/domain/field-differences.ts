/** One field that two states do not agree about; a side that lacks it has no value. */
export interface FieldDifference {
  /** `customer.address.city`, `lines[0].amount`; empty for the whole. */
  path: string
  before?: unknown
  after?: unknown
}

/** Where two JSON values differ, field by field, at most `limit` of them. The order of an object's fields does not matter. */
export function fieldDifferences(before: unknown, after: unknown, limit: number): FieldDifference[] {
  const found: FieldDifference[] = []
  compare({ path: '', before, after }, found, limit)
  return found
}

function compare(pair: FieldDifference, found: FieldDifference[], limit: number): void {
  if (found.length >= limit) return
  const { path, before, after } = pair
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      compare(sides(`${path}[${index}]`, [before, after], index), found, limit)
    }
  } else if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(sides(path === '' ? name : `${path}.${name}`, [before, after], name), found, limit)
    }
  } else if (!Object.is(before, after)) found.push(pair)
}

/** The field of both sides, or of the one that has it. */
function sides(path: string, [before, after]: [object, object], name: string | number): FieldDifference {
  const difference: FieldDifference = { path }
  if (Object.hasOwn(before, name)) difference.before = (before as Record<string | number, unknown>)[name]
  if (Object.hasOwn(after, name)) difference.after = (after as Record<string | number, unknown>)[name]
  return difference
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
