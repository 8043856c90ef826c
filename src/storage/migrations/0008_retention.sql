-- How long things are kept, and how they are erased.
--
-- Bodies go with their day's partition. Those that must outlive their day, or must not live that long, stand in kept_bodies: each
-- lives exactly as long as its event is unfinished.

-- 'until_done': the source's bodies never enter a partition, they begin in kept_bodies.
alter table sources add column store_bodies text not null default 'retention'
  constraint sources_store_bodies_check check (store_bodies in ('retention', 'until_done'));

create table kept_bodies (
  key uuid primary key,
  headers jsonb not null,
  body bytea not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- An event is unfinished while it stands in a work list. Whoever adds a work list adds it here.
create view unfinished as
  select key from queue
  union all select key from open_runs
  union all select key from held_runs
  union all select key from lane_entries
  union all select i.key from replay_items i join replays r on r.id = i.replay_id where i.outcome is null and r.ended_at is null
  union all select key from dead_letters
  union all select key from unrouted
  union all select key from parked;

-- Set when a person had the payload erased: whatever comes under the event's identity later is a redelivery, and is not stored.
alter table events add column erased_at timestamptz;

-- Redeliveries look for the event's anomalies, and whatever removes the event removes them.
create index anomalies_key on anomalies (key);

-- What people had erased. Rows are only ever added.
create table erasures (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  reason text not null,
  -- The source, and the entity or the event IDs.
  target jsonb not null,
  -- Rows by kind of content.
  counts jsonb not null,
  -- SHA-256 over the list of what was erased, with the hash of each content: the list itself is the operator's to keep.
  digest bytea not null
);
