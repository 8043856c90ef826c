-- Reconciliation: what a provider lists, compared with what arrived.

-- The ledger: a row for each stretch of a source's time, and what its list showed. It is the watermark, too: the next window of the
-- schedule begins where the last one ends.
create table coverage (
  source text not null,
  -- 'schedule': these windows join without gaps. 'operator': asked for by a person.
  origin text not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  state text not null default 'open',
  -- How often the list was read to its end for this window, and when it must be read next.
  listings integer not null default 0,
  listed_at timestamptz,
  due_at timestamptz not null,
  -- listed = present + recovered + baseline + unreachable.
  listed integer not null default 0,
  present integer not null default 0,
  recovered integer not null default 0,
  baseline integer not null default 0,
  unreachable integer not null default 0,
  -- Events that webhooks brought: those that no list can confirm, and those that the list should show and does not.
  unprovable integer not null default 0,
  contradicted integer not null default 0,
  -- Why the window is not proven, as a code; null where nothing speaks against it.
  doubt text,
  constraint coverage_pkey primary key (source, origin, from_at, to_at),
  constraint coverage_origin_check check (origin in ('schedule', 'operator')),
  constraint coverage_state_check check (state in ('open', 'closed')),
  constraint coverage_span_check check (from_at < to_at)
);

create index coverage_open on coverage (source, due_at) where state = 'open';

-- A list that is being read. The cursor moves in the transaction that notes the page, so that a page is read again only if its reader
-- died before that. The row goes when its windows have been counted, and what it noted goes with it.
create table listings (
  id bigint generated always as identity primary key,
  source text not null,
  origin text not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  -- Of a backfill: the name under which the entities of known events are fetched again.
  refresh text,
  cursor text,
  pages integer not null default 0,
  started_at timestamptz not null,
  read_at timestamptz not null,
  finished_at timestamptz,
  constraint listings_one_each unique (source, origin)
);

create table listed_events (
  listing bigint not null references listings on delete cascade,
  key uuid not null,
  at timestamptz not null,
  constraint listed_events_pkey primary key (listing, key)
);

create table listed_entities (
  listing bigint not null references listings on delete cascade,
  kind text not null,
  entity_id text not null,
  -- The version that the mirror had when the list differed from it; null where it had none.
  seen_version bigint,
  drifted boolean not null,
  constraint listed_entities_pkey primary key (listing, kind, entity_id)
);
