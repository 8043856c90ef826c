create table posthorn.anomalies (
  id uuid not null,
  key uuid not null,
  source text not null,
  event_id text not null,
  kind text not null,
  body_hash bytea not null,
  headers jsonb not null,
  body bytea not null,
  seen_at timestamp with time zone not null default now(),
  constraint anomalies_pkey PRIMARY KEY (id)
);

create table posthorn.audit_log (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  actor text not null,
  action text not null,
  target jsonb not null,
  reason text,
  detail jsonb,
  constraint audit_log_pkey PRIMARY KEY (id)
);

create table posthorn.bodies (
  day date not null,
  key uuid not null,
  headers jsonb not null,
  body bytea not null,
  constraint bodies_pkey PRIMARY KEY (key, day)
) partition by RANGE (day);

create table posthorn.dead_letters (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  code text not null,
  message text not null,
  received_at timestamp with time zone not null,
  dead_lettered_at timestamp with time zone not null default now(),
  replays integer not null default 0,
  constraint dead_letters_pkey PRIMARY KEY (key, handler)
);

create table posthorn.entities (
  source text not null,
  kind text not null,
  entity_id text not null,
  version bigint not null,
  state jsonb,
  deleted_at timestamp with time zone,
  deleted_by text,
  fetched_at timestamp with time zone not null default now(),
  event_key uuid,
  constraint entities_pkey PRIMARY KEY (source, kind, entity_id)
);
CREATE INDEX entities_absent ON posthorn.entities USING btree (source, deleted_at) WHERE (deleted_by = 'absence'::text);

create table posthorn.events (
  key uuid not null,
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
  occurred_at timestamp with time zone,
  received_at timestamp with time zone not null default now(),
  state text not null default 'received'::text,
  state_reason text,
  state_at timestamp with time zone not null default now(),
  body_hash bytea not null,
  body_day date not null,
  receipt_id uuid not null,
  remote_ip inet,
  delivery_id text,
  secret_slot text not null,
  constraint events_pkey PRIMARY KEY (key),
  constraint events_state_check CHECK ((state = ANY (ARRAY['received'::text, 'dispatched'::text, 'processed'::text, 'ignored'::text, 'dead'::text, 'unrouted'::text, 'parked'::text])))
) with (fillfactor=85);
CREATE INDEX events_received_at ON posthorn.events USING btree (received_at);
CREATE UNIQUE INDEX events_signed_key ON posthorn.events USING btree (signed_key) WHERE (signed_key IS NOT NULL);

create table posthorn.migrations (
  scope text not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (scope, name)
);

create table posthorn.open_runs (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  workflow_id text not null,
  dispatched_at timestamp with time zone not null default now(),
  check_at timestamp with time zone not null,
  checks integer not null default 0,
  constraint open_runs_pkey PRIMARY KEY (key, handler)
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

create table posthorn.parked (
  key uuid not null,
  source text not null,
  code text not null,
  detail text not null,
  parked_at timestamp with time zone not null default now(),
  constraint parked_pkey PRIMARY KEY (key)
);

create table posthorn.queue (
  seq bigint not null generated always as identity,
  key uuid not null,
  handler text,
  attempt integer not null default 1,
  available_at timestamp with time zone not null default now(),
  claims integer not null default 0,
  lease uuid,
  source text not null,
  priority smallint not null default 0,
  constraint queue_pkey PRIMARY KEY (source, priority, seq)
) with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

create table posthorn.receipts (
  day date not null,
  id uuid not null,
  at timestamp with time zone not null,
  source text not null,
  verdict text not null,
  code text,
  key uuid,
  event_id text,
  delivery_id text,
  remote_ip inet,
  content_length integer,
  secret_slot text,
  body bytea,
  constraint receipts_pkey PRIMARY KEY (id, day)
) partition by RANGE (day);

create table posthorn.route_tables (
  version bigint not null generated always as identity,
  hash text not null,
  routes jsonb not null,
  deployed_at timestamp with time zone not null default now(),
  constraint route_tables_pkey PRIMARY KEY (version)
);

create table posthorn.runs (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  state text not null,
  reason text,
  error_code text,
  error_message text,
  closed_at timestamp with time zone not null default now(),
  constraint runs_pkey PRIMARY KEY (key, handler, attempt),
  constraint runs_state_check CHECK ((state = ANY (ARRAY['processed'::text, 'ignored'::text, 'dead'::text])))
);

create table posthorn.sources (
  id text not null,
  provider text not null,
  name text not null,
  tenant text,
  account text,
  connected_at timestamp with time zone not null default now(),
  constraint sources_pkey PRIMARY KEY (id)
);

create table posthorn.unrouted (
  key uuid not null,
  provider text not null,
  type text not null,
  received_at timestamp with time zone not null,
  constraint unrouted_pkey PRIMARY KEY (key)
);

create sequence posthorn.fetch_sequence as bigint start 1 increment 1;
