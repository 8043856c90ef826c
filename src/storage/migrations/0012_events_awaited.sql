-- outside a transaction
-- Over all events there are, while others come. What an attempt that was broken off has left is of no use.
drop index concurrently if exists posthorn.events_awaited;
create index concurrently events_awaited on posthorn.events (hashtextextended(type || ' ' || entity_id, 0), received_at)
  where entity_id is not null;
