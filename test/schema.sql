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
CREATE INDEX anomalies_key ON posthorn.anomalies USING btree (key);

create table posthorn.api_budgets (
  source text not null,
  tokens double precision not null,
  refilled_at timestamp with time zone not null default now(),
  live_queue_ends_at timestamp with time zone not null default now(),
  other_queue_ends_at timestamp with time zone not null default now(),
  constraint api_budgets_pkey PRIMARY KEY (source)
);

create table posthorn.approvals (
  id bigint not null generated always as identity,
  key uuid not null,
  handler text not null,
  attempt integer not null,
  name text not null,
  workflow_id text not null,
  summary text not null,
  asked_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  state text not null default 'open'::text,
  answered_at timestamp with time zone,
  answered_by text,
  reason text,
  told_at timestamp with time zone,
  constraint approvals_answer_check CHECK (((state = ANY (ARRAY['approved'::text, 'rejected'::text])) = (answered_by IS NOT NULL))),
  constraint approvals_pkey PRIMARY KEY (id),
  constraint approvals_question UNIQUE (key, handler, attempt, name),
  constraint approvals_state_check CHECK ((state = ANY (ARRAY['open'::text, 'approved'::text, 'rejected'::text, 'timed_out'::text, 'withdrawn'::text])))
);
CREATE INDEX approvals_open ON posthorn.approvals USING btree (id) WHERE (state = 'open'::text);
CREATE INDEX approvals_untold ON posthorn.approvals USING btree (id) WHERE ((answered_by IS NOT NULL) AND (told_at IS NULL));

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

create table posthorn.believed_deletions (
  source text not null,
  until timestamp with time zone not null,
  constraint believed_deletions_pkey PRIMARY KEY (source)
);

create table posthorn.bodies (
  day date not null,
  key uuid not null,
  headers jsonb not null,
  body bytea not null,
  constraint bodies_pkey PRIMARY KEY (key, day)
) partition by RANGE (day);

create table posthorn.breakers (
  source text not null,
  state text not null default 'closed'::text,
  failures integer not null default 0,
  failed_probes integer not null default 0,
  opened_at timestamp with time zone,
  probe_at timestamp with time zone,
  probe_owner uuid,
  probe_deadline timestamp with time zone,
  recovered_at timestamp with time zone,
  last_error text,
  constraint breakers_pkey PRIMARY KEY (source),
  constraint breakers_state_check CHECK (
CASE state
    WHEN 'closed'::text THEN ((probe_at IS NULL) AND (probe_owner IS NULL))
    WHEN 'open'::text THEN ((probe_at IS NOT NULL) AND (probe_owner IS NULL))
    WHEN 'half_open'::text THEN ((probe_owner IS NOT NULL) AND (probe_deadline IS NOT NULL))
    ELSE false
END)
);

create table posthorn.builds (
  build text not null,
  first_seen timestamp with time zone not null default now(),
  constraint builds_pkey PRIMARY KEY (build)
);

create table posthorn.coverage (
  source text not null,
  origin text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  state text not null default 'open'::text,
  listings integer not null default 0,
  listed_at timestamp with time zone,
  due_at timestamp with time zone not null,
  listed integer not null default 0,
  present integer not null default 0,
  recovered integer not null default 0,
  baseline integer not null default 0,
  unreachable integer not null default 0,
  unprovable integer not null default 0,
  contradicted integer not null default 0,
  doubt text,
  refresh text,
  is_gap boolean not null default false,
  constraint coverage_origin_check CHECK ((origin = ANY (ARRAY['schedule'::text, 'operator'::text]))),
  constraint coverage_pkey PRIMARY KEY (source, origin, from_at, to_at),
  constraint coverage_span_check CHECK ((from_at < to_at)),
  constraint coverage_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);
CREATE INDEX coverage_open ON posthorn.coverage USING btree (source, due_at) WHERE (state = 'open'::text);

create table posthorn.dead_letters (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  code text not null,
  message text not null,
  received_at timestamp with time zone not null,
  dead_lettered_at timestamp with time zone not null default now(),
  replays integer not null default 0,
  source text not null,
  type text not null,
  fingerprint text not null,
  constraint dead_letters_pkey PRIMARY KEY (key, handler)
);
CREATE INDEX dead_letters_in_order ON posthorn.dead_letters USING btree (dead_lettered_at, key, handler);

create table posthorn.effect_ledger (
  key uuid not null,
  handler text not null,
  name text not null,
  discriminator text not null,
  redo integer not null,
  attempt integer not null,
  arguments_hash bytea,
  started_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  result json,
  redone_at timestamp with time zone,
  constraint effect_ledger_pkey PRIMARY KEY (key, handler, name, discriminator, redo)
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

create table posthorn.erasures (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  actor text not null,
  reason text not null,
  target jsonb not null,
  counts jsonb not null,
  digest bytea not null,
  constraint erasures_pkey PRIMARY KEY (id)
);

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
  sequence bigint,
  erased_at timestamp with time zone,
  constraint events_pkey PRIMARY KEY (key),
  constraint events_state_check CHECK ((state = ANY (ARRAY['received'::text, 'dispatched'::text, 'processed'::text, 'ignored'::text, 'dead'::text, 'unrouted'::text, 'parked'::text])))
) with (fillfactor=85);
CREATE INDEX events_awaited ON posthorn.events USING btree (hashtextextended(((type || ' '::text) || entity_id), (0)::bigint), received_at) WHERE (entity_id IS NOT NULL);
CREATE INDEX events_received_at ON posthorn.events USING btree (received_at);
CREATE UNIQUE INDEX events_signed_key ON posthorn.events USING btree (signed_key) WHERE (signed_key IS NOT NULL);

create table posthorn.held_runs (
  handler text not null,
  key uuid not null,
  source text not null,
  priority smallint not null,
  seq bigint not null,
  queue_handler text,
  attempt integer not null,
  claims integer not null,
  held_at timestamp with time zone not null default now(),
  constraint held_runs_pkey PRIMARY KEY (key, handler)
);
CREATE INDEX held_runs_in_order ON posthorn.held_runs USING btree (handler, seq);

create table posthorn.kept_bodies (
  key uuid not null,
  headers jsonb not null,
  body bytea not null,
  constraint kept_bodies_pkey PRIMARY KEY (key)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

create table posthorn.lane_entries (
  lane uuid not null,
  key uuid not null,
  attempt integer not null,
  position bigint not null,
  is_sequenced boolean not null,
  state text not null default 'waiting'::text,
  entered_at timestamp with time zone not null default now(),
  priority smallint not null default 0,
  constraint lane_entries_lane_fkey FOREIGN KEY (lane) REFERENCES lanes(lane) ON DELETE CASCADE,
  constraint lane_entries_pkey PRIMARY KEY (lane, key),
  constraint lane_entries_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'blocked'::text])))
) with (fillfactor=70);
CREATE INDEX lane_entries_key ON posthorn.lane_entries USING btree (key);
CREATE UNIQUE INDEX lane_entries_one_run ON posthorn.lane_entries USING btree (lane) WHERE (state = ANY (ARRAY['running'::text, 'blocked'::text]));
CREATE INDEX lane_entries_order ON posthorn.lane_entries USING btree (lane, "position");

create table posthorn.lanes (
  lane uuid not null,
  source text not null,
  handler text not null,
  entity_kind text not null,
  entity_id text not null,
  on_dead text not null,
  gap_wait_ms bigint not null,
  last_sequence bigint,
  touched_at timestamp with time zone not null default now(),
  constraint lanes_on_dead_check CHECK ((on_dead = ANY (ARRAY['block'::text, 'skip'::text]))),
  constraint lanes_pkey PRIMARY KEY (lane)
);

create table posthorn.listed_entities (
  listing bigint not null,
  kind text not null,
  entity_id text not null,
  seen_version bigint,
  drifted boolean not null,
  changed_at timestamp with time zone,
  is_news boolean not null default false,
  is_creation boolean not null default true,
  constraint listed_entities_listing_fkey FOREIGN KEY (listing) REFERENCES listings(id) ON DELETE CASCADE,
  constraint listed_entities_pkey PRIMARY KEY (listing, kind, entity_id)
);

create table posthorn.listed_events (
  listing bigint not null,
  key uuid not null,
  at timestamp with time zone not null,
  constraint listed_events_listing_fkey FOREIGN KEY (listing) REFERENCES listings(id) ON DELETE CASCADE,
  constraint listed_events_pkey PRIMARY KEY (listing, key)
);

create table posthorn.listings (
  id bigint not null generated always as identity,
  source text not null,
  origin text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  refresh text,
  cursor text,
  pages integer not null default 0,
  started_at timestamp with time zone not null,
  read_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  heard_to timestamp with time zone,
  judged_at timestamp with time zone,
  constraint listings_one_each UNIQUE (source, origin),
  constraint listings_pkey PRIMARY KEY (id)
);

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
  stuck_since timestamp with time zone,
  priority smallint not null default 0,
  constraint open_runs_pkey PRIMARY KEY (key, handler)
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);
CREATE INDEX open_runs_stuck ON posthorn.open_runs USING btree (stuck_since) WHERE (stuck_since IS NOT NULL);

create table posthorn.parked (
  key uuid not null,
  source text not null,
  code text not null,
  detail text not null,
  parked_at timestamp with time zone not null default now(),
  handler text,
  attempt integer not null default 1,
  constraint parked_pkey PRIMARY KEY (key)
);

create table posthorn.quarantine (
  id uuid not null,
  source text not null,
  received_at timestamp with time zone not null default now(),
  code text not null,
  remote_ip inet,
  bytes integer not null,
  lot double precision not null default random(),
  sealed bytea not null,
  constraint quarantine_pkey PRIMARY KEY (id)
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
CREATE INDEX receipts_key ON ONLY posthorn.receipts USING btree (key) WHERE (key IS NOT NULL);

create table posthorn.replay_items (
  replay_id uuid not null,
  position integer not null,
  key uuid not null,
  handler text,
  seen_attempt integer not null,
  queued_at timestamp with time zone,
  outcome text,
  constraint replay_items_pkey PRIMARY KEY (replay_id, "position"),
  constraint replay_items_replay_id_fkey FOREIGN KEY (replay_id) REFERENCES replays(id) ON DELETE CASCADE
) with (fillfactor=80);
CREATE INDEX replay_items_unfinished ON posthorn.replay_items USING btree (replay_id, "position") WHERE (outcome IS NULL);

create table posthorn.replays (
  id uuid not null,
  created_at timestamp with time zone not null default now(),
  actor text not null,
  reason text not null,
  filter jsonb not null,
  canary integer not null,
  rate integer not null,
  stop_above real not null,
  state text not null default 'selecting'::text,
  cursor_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  cursor_key uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  selected integer not null default 0,
  skipped integer not null default 0,
  queued integer not null default 0,
  processed integer not null default 0,
  ignored integer not null default 0,
  failed integer not null default 0,
  stage integer not null default 0,
  stage_closed integer not null default 0,
  stage_failed integer not null default 0,
  allowance real not null default 0,
  advanced_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  first_attempt integer not null default 1,
  constraint replays_canary_check CHECK ((canary > 0)),
  constraint replays_pkey PRIMARY KEY (id),
  constraint replays_rate_check CHECK ((rate > 0)),
  constraint replays_state_check CHECK ((state = ANY (ARRAY['selecting'::text, 'running'::text, 'done'::text, 'stopped'::text, 'cancelled'::text]))),
  constraint replays_stop_above_check CHECK (((stop_above >= (0)::double precision) AND (stop_above <= (1)::double precision)))
) with (fillfactor=50);
CREATE INDEX replays_created_at ON posthorn.replays USING btree (created_at);

create table posthorn.route_pauses (
  handler text not null,
  paused_at timestamp with time zone not null default now(),
  actor text,
  reason text not null,
  build text,
  constraint route_pauses_pkey PRIMARY KEY (handler)
);

create table posthorn.route_tables (
  version bigint not null generated always as identity,
  hash text not null,
  routes jsonb not null,
  deployed_at timestamp with time zone not null default now(),
  constraint route_tables_pkey PRIMARY KEY (version)
);

create table posthorn.run_failures (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  activity_id text not null,
  slot smallint not null,
  activity text not null,
  try integer not null,
  code text not null,
  message text not null,
  at timestamp with time zone not null default now(),
  constraint run_failures_pkey PRIMARY KEY (key, handler, attempt, activity_id, slot)
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
  fingerprint text,
  discarded_at timestamp with time zone,
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
  store_bodies text not null default 'retention'::text,
  first_seen_at timestamp with time zone not null default now(),
  constraint sources_pkey PRIMARY KEY (id),
  constraint sources_store_bodies_check CHECK ((store_bodies = ANY (ARRAY['retention'::text, 'until_done'::text])))
);

create table posthorn.unrouted (
  key uuid not null,
  provider text not null,
  type text not null,
  received_at timestamp with time zone not null,
  constraint unrouted_pkey PRIMARY KEY (key)
);
CREATE INDEX unrouted_by_type ON posthorn.unrouted USING btree (provider, type, received_at);

create table posthorn.waits (
  key uuid not null,
  handler text not null,
  attempt integer not null,
  number integer not null,
  workflow_id text not null,
  source text not null,
  type text not null,
  entity_kind text not null,
  entity_id text not null,
  constraint waits_pkey PRIMARY KEY (key, handler, attempt, number)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);
CREATE INDEX waits_awaited ON posthorn.waits USING btree (hashtextextended(((type || ' '::text) || entity_id), (0)::bigint));

create view posthorn.unfinished as
 SELECT queue.key
   FROM queue
UNION ALL
 SELECT open_runs.key
   FROM open_runs
UNION ALL
 SELECT held_runs.key
   FROM held_runs
UNION ALL
 SELECT lane_entries.key
   FROM lane_entries
UNION ALL
 SELECT i.key
   FROM (replay_items i
     JOIN replays r ON ((r.id = i.replay_id)))
  WHERE ((i.outcome IS NULL) AND (r.ended_at IS NULL))
UNION ALL
 SELECT dead_letters.key
   FROM dead_letters
UNION ALL
 SELECT unrouted.key
   FROM unrouted
  WHERE (unrouted.received_at > (now() - '72:00:00'::interval))
UNION ALL
 SELECT parked.key
   FROM parked;

create sequence posthorn.fetch_sequence as bigint start 1 increment 1;
