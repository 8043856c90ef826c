/** Whether the handlers of the proof refuse an event for good: one in a hundred or so, and the same ones wherever it is asked. */
export function isPoisoned(eventId: string): boolean {
  let sum = 0
  for (const character of eventId) sum = (sum * 31 + character.charCodeAt(0)) % 9_973
  return sum % 100 === 0
}

/** The failure code of their dead letters. */
export const POISONED = 'prove_poisoned'
