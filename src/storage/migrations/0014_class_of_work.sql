-- A run keeps the class of its work wherever it waits: 0 is live work, 1 are replays, 2 are backfills.
alter table open_runs add column priority smallint not null default 0;
alter table lane_entries add column priority smallint not null default 0;

-- Of an event that did not fit: the run that its queue row named. Null where the whole event is routed anew.
alter table parked add column handler text, add column attempt integer not null default 1;

-- The attempts of a replay have this number or a higher one: after a restore, Temporal may know lower ones that Postgres does not.
alter table replays add column first_attempt integer not null default 1;
