-- The queue is claimed source by source: a backlog, a pause or an outage of one source must not stand before another's work.
-- Smaller priorities go first: 0 is live work; replays and backfills wait behind it.

alter table queue add column source text, add column priority smallint not null default 0;
update queue q set source = e.source from events e where e.key = q.key;
alter table queue alter column source set not null;
alter table queue drop constraint queue_pkey;
alter table queue add constraint queue_pkey primary key (source, priority, seq);

-- What people did by command, and why. Rows are only ever added.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  -- What was acted on: a source and event ID, a filter, a schedule.
  target jsonb not null,
  reason text,
  -- What came of it, in figures.
  detail jsonb
);
