-- Replays of many events: what was selected, how far it is, and what came of each.

create table replays (
  id uuid primary key,
  created_at timestamptz not null default now(),
  actor text not null,
  reason text not null,
  filter jsonb not null,
  -- Runs that must end well before the others follow.
  canary integer not null check (canary > 0),
  -- Runs queued in a second at most.
  rate integer not null check (rate > 0),
  -- Share of failed runs above which it stops.
  stop_above real not null check (stop_above between 0 and 1),
  state text not null default 'selecting',
  -- The last event that was selected: the next page begins behind it.
  cursor_at timestamptz not null default '-infinity',
  cursor_key uuid not null default '00000000-0000-0000-0000-000000000000',
  selected integer not null default 0,
  skipped integer not null default 0,
  queued integer not null default 0,
  processed integer not null default 0,
  ignored integer not null default 0,
  failed integer not null default 0,
  -- 0 is the canary. What closed and what failed in it decides about the next one.
  stage integer not null default 0,
  stage_closed integer not null default 0,
  stage_failed integer not null default 0,
  -- Runs that the rate permits by now.
  allowance real not null default 0,
  advanced_at timestamptz not null default now(),
  -- No run of it is queued or open any more, and none will be.
  ended_at timestamptz,
  constraint replays_state_check check (state in ('selecting', 'running', 'done', 'stopped', 'cancelled'))
) with (fillfactor = 50);

create index replays_created_at on replays (created_at);

create table replay_items (
  replay_id uuid not null references replays on delete cascade,
  position integer not null,
  key uuid not null,
  -- Null where the event never ran: it is routed like a new one.
  handler text,
  -- The attempt that was selected; its replay is the next one, or is refused.
  seen_attempt integer not null,
  queued_at timestamptz,
  -- How the replayed run ended, or why there is none.
  outcome text,
  constraint replay_items_pkey primary key (replay_id, position)
) with (fillfactor = 80);

-- What waits and what runs, in order. A replay looks at its first entries only, so the ended ones must not stand before them.
create index replay_items_unfinished on replay_items (replay_id, position) where outcome is null;
