import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common'

/** What operators query runs by in the Temporal UI. Plain text there: no personal data belongs in an event ID or entity ID. */
export const SEARCH_ATTRIBUTES = {
  source: defineSearchAttributeKey('PosthornSource', SearchAttributeType.KEYWORD),
  eventType: defineSearchAttributeKey('PosthornEventType', SearchAttributeType.KEYWORD),
  eventId: defineSearchAttributeKey('PosthornEventId', SearchAttributeType.KEYWORD),
  entity: defineSearchAttributeKey('PosthornEntity', SearchAttributeType.KEYWORD),
  outcome: defineSearchAttributeKey('PosthornOutcome', SearchAttributeType.KEYWORD),
}
