-- The inbox and the runs that come of it.
--
-- An event is a narrow row that is updated at most twice in a life (dispatched, closed), so no index stands on anything that
-- changes. What needs work or a person is a row in a small table of its own: queue, open_runs, dead_letters, unrouted, parked.
-- Payloads stand apart in day partitions, so that retention is a DROP and a hot row never drags a body along.

create table sources (
  id text primary key,
  provider text not null,
  name text not null,
  tenant text,
  account text,
  connected_at timestamptz not null default now()
);

-- fillfactor: both updates of an event stay on their page, without touching an index.
create table events (
  -- First 128 bits of SHA-256 over source and event ID: small, fixed, and blind to how long an ID a sender chooses.
  key uuid not null,
  -- Set only where the signature does not cover the event ID: the same signed bytes are then the same event, whatever ID they claim.
  signed_key uuid,
  source text not null,
  provider text not null,
  event_id text not null,
  type text not null,
  entity_kind text,
  entity_id text,
  api_version text,
  tenant text,
  account text,
  occurred_at timestamptz,
  received_at timestamptz not null default now(),
  state text not null default 'received',
  state_reason text,
  state_at timestamptz not null default now(),
  body_hash bytea not null,
  body_day date not null,
  -- The receipt of the accepted request; receipts of redeliveries and refusals are rows of their own.
  receipt_id uuid not null,
  remote_ip inet,
  delivery_id text,
  secret_slot text not null,
  constraint events_pkey primary key (key),
  constraint events_state_check check (
    state in ('received', 'dispatched', 'processed', 'ignored', 'dead', 'unrouted', 'parked')
  )
) with (fillfactor = 85);

create unique index events_signed_key on events (signed_key) where signed_key is not null;
create index events_received_at on events (received_at);

create table bodies (
  day date not null,
  key uuid not null,
  headers jsonb not null,
  body bytea not null,
  constraint bodies_pkey primary key (key, day)
) partition by range (day);

-- Waiting to be dispatched. handler is null until the event has been routed; a replay names its handler and attempt.
create table queue (
  seq bigint generated always as identity primary key,
  key uuid not null,
  handler text,
  attempt integer not null default 1,
  available_at timestamptz not null default now(),
  claims integer not null default 0,
  lease uuid
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Started and not yet closed: what the sweep compares with Temporal.
create table open_runs (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  workflow_id text not null,
  dispatched_at timestamptz not null default now(),
  check_at timestamptz not null,
  checks integer not null default 0,
  constraint open_runs_pkey primary key (key, handler)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Closed runs, one row an attempt. The primary key is the compare-and-set: whoever closes an attempt second loses.
create table runs (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  state text not null,
  reason text,
  error_code text,
  error_message text,
  closed_at timestamptz not null default now(),
  constraint runs_pkey primary key (key, handler, attempt),
  constraint runs_state_check check (state in ('processed', 'ignored', 'dead'))
);

create table dead_letters (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  code text not null,
  message text not null,
  received_at timestamptz not null,
  dead_lettered_at timestamptz not null default now(),
  replays integer not null default 0,
  constraint dead_letters_pkey primary key (key, handler)
);

create table unrouted (
  key uuid primary key,
  provider text not null,
  type text not null,
  received_at timestamptz not null
);

create table parked (
  key uuid primary key,
  source text not null,
  code text not null,
  detail text not null,
  parked_at timestamptz not null default now()
);

-- The same event ID with another body: kept whole, never run.
create table anomalies (
  id uuid primary key,
  key uuid not null,
  source text not null,
  event_id text not null,
  kind text not null,
  body_hash bytea not null,
  headers jsonb not null,
  body bytea not null,
  seen_at timestamptz not null default now()
);

-- Redeliveries and refusals. Never a secret, never a signature, and no body that anybody could have sent.
create table receipts (
  day date not null,
  id uuid not null,
  at timestamptz not null,
  source text not null,
  verdict text not null,
  code text,
  key uuid,
  event_id text,
  delivery_id text,
  remote_ip inet,
  content_length integer,
  secret_slot text,
  -- Only of a genuine request that its source refuses: the bytes stand nowhere else.
  body bytea,
  constraint receipts_pkey primary key (id, day)
) partition by range (day);

create table entities (
  source text not null,
  kind text not null,
  entity_id text not null,
  -- The provider's own version where it has one, else our fetch sequence. Grows, or the write is refused.
  version bigint not null,
  state jsonb,
  deleted_at timestamptz,
  -- 'event': the provider said so; 'absence': it was no longer found. Many absences at once look like a lost credential.
  deleted_by text,
  fetched_at timestamptz not null default now(),
  event_key uuid,
  constraint entities_pkey primary key (source, kind, entity_id)
);

create index entities_absent on entities (source, deleted_at) where deleted_by = 'absence';

-- Drawn before a canonical request leaves: a view fetched later outranks one fetched earlier.
create sequence fetch_sequence;

-- Every route table ever deployed. The newest row is the deployed one; a dispatcher with another hash must not claim.
create table route_tables (
  version bigint generated always as identity primary key,
  hash text not null,
  routes jsonb not null,
  deployed_at timestamptz not null default now()
);
