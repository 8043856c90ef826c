-- Serial lanes: the events of one entity, one at a time, for the handlers that ask for it.
--
-- What waits stands in lane_entries and not in the queue; whoever closes the lane's run puts the next one there. A lane's row is
-- what everybody locks before touching its entries.

-- The provider's own sequence of an entity's events, where it has one.
alter table events add column sequence bigint;

create table lanes (
  -- First 128 bits of SHA-256 over source, handler and entity.
  lane uuid primary key,
  source text not null,
  handler text not null,
  entity_kind text not null,
  entity_id text not null,
  on_dead text not null check (on_dead in ('block', 'skip')),
  gap_wait_ms bigint not null,
  -- The highest sequence that has left the lane; null while none had one.
  last_sequence bigint,
  touched_at timestamptz not null default now()
);

create table lane_entries (
  lane uuid not null references lanes on delete cascade,
  key uuid not null,
  attempt integer not null,
  -- The provider's sequence, or else the order of arrival.
  position bigint not null,
  is_sequenced boolean not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'blocked')),
  entered_at timestamptz not null default now(),
  constraint lane_entries_pkey primary key (lane, key)
) with (fillfactor = 70);

-- The promise itself: no lane holds two runs.
create unique index lane_entries_one_run on lane_entries (lane) where state in ('running', 'blocked');
create index lane_entries_order on lane_entries (lane, position);
create index lane_entries_key on lane_entries (key);
