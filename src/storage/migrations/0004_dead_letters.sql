-- Dead letters that people can work with: what they filter by stands in the row, failures that are alike share a fingerprint, and
-- every failed try of a run is kept with its time.

alter table dead_letters add column source text, add column type text, add column fingerprint text;
-- Rows from before have no fingerprint of their message: they are alike by handler and code.
update dead_letters d
set source = e.source, type = e.type,
  fingerprint = left(encode(sha256(convert_to(d.handler || ' ' || d.code, 'utf8')), 'hex'), 12)
from events e where e.key = d.key;
alter table dead_letters
  alter column source set not null,
  alter column type set not null,
  alter column fingerprint set not null;
-- The order of listings and exports, and how many are new.
create index dead_letters_in_order on dead_letters (dead_lettered_at, key, handler);

-- discarded_at: a person decided that this attempt's failure needs nothing more.
alter table runs add column fingerprint text, add column discarded_at timestamptz;

-- Since when the run's workflow tasks fail again and again; null while they do not.
alter table open_runs add column stuck_since timestamptz;
create index open_runs_stuck on open_runs (stuck_since) where stuck_since is not null;

-- Tries of activities that failed, whatever became of their run. Of each activity the first tries and the latest one: a provider
-- that is away for days must not fill the disk.
create table run_failures (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  activity_id text not null,
  slot smallint not null,
  activity text not null,
  try integer not null,
  code text not null,
  message text not null,
  at timestamptz not null default now(),
  constraint run_failures_pkey primary key (key, handler, attempt, activity_id, slot)
);

-- All that was received of one event.
create index receipts_key on receipts (key) where key is not null;
