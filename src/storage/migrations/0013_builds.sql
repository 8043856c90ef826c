-- The programs that workers have run, in the order in which they came: what an older one pauses, a newer one lifts.
create table builds (
  build text primary key,
  first_seen timestamptz not null default now()
);

-- An event that no route wants is nobody's work once it is too old to be offered to a new route: its payload goes with its day, and
-- its row with its event.
create or replace view unfinished as
  select key from queue
  union all select key from open_runs
  union all select key from held_runs
  union all select key from lane_entries
  union all select i.key from replay_items i join replays r on r.id = i.replay_id where i.outcome is null and r.ended_at is null
  union all select key from dead_letters
  union all select key from unrouted where received_at > now() - interval '72 hours'
  union all select key from parked;
