-- Runs that wait: for a second event about an entity, and for a person's answer.

-- A run's open wait for an event. It goes with the wait, and at the latest with the run.
create table waits (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  -- Which of the run's waits: it may have several at a time.
  number integer not null,
  workflow_id text not null,
  source text not null,
  type text not null,
  entity_kind text not null,
  entity_id text not null,
  constraint waits_pkey primary key (key, handler, attempt, number)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- By a hash: the ID of an entity may be longer than an index takes.
create index waits_awaited on waits (hashtextextended(type || ' ' || entity_id, 0));

-- What runs asked people. A row stays for as long as its event does.
create table approvals (
  id bigint generated always as identity primary key,
  key uuid not null,
  handler text not null,
  attempt integer not null,
  -- Which of the run's questions.
  name text not null,
  workflow_id text not null,
  summary text not null,
  asked_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- 'withdrawn': the run ended before anybody answered.
  state text not null default 'open',
  answered_at timestamptz,
  answered_by text,
  reason text,
  -- When the run was told that there is an answer.
  told_at timestamptz,
  constraint approvals_question unique (key, handler, attempt, name),
  constraint approvals_state_check check (state in ('open', 'approved', 'rejected', 'timed_out', 'withdrawn')),
  constraint approvals_answer_check check ((state in ('approved', 'rejected')) = (answered_by is not null))
);

create index approvals_open on approvals (id) where state = 'open';
create index approvals_untold on approvals (id) where answered_by is not null and told_at is null;
