-- What holds work back: breakers and budgets of providers' APIs, paused routes, and the runs that wait for them.

-- One row for each source whose API was ever out. Every transition is a compare-and-set on state and, while a probe is out, on its
-- owner: any number of processes may try, and one of them probes.
create table breakers (
  source text primary key,
  state text not null default 'closed',
  -- Outages in a row while closed.
  failures integer not null default 0,
  -- Probes in a row that found the outage still there: the interval grows with them.
  failed_probes integer not null default 0,
  opened_at timestamptz,
  probe_at timestamptz,
  probe_owner uuid,
  -- A probe that says nothing until then is lost, and another may be made.
  probe_deadline timestamptz,
  -- When the last outage ended: the way back up is taken in steps.
  recovered_at timestamptz,
  last_error text,
  constraint breakers_state_check check (
    case state
      when 'closed' then probe_at is null and probe_owner is null
      when 'open' then probe_at is not null and probe_owner is null
      when 'half_open' then probe_owner is not null and probe_deadline is not null
      else false
    end
  )
);

-- A bucket of calls for each source that limits itself, shared by all processes. Refused callers are told when to come back, one
-- after the other; live work does not stand behind the rest.
create table api_budgets (
  source text primary key,
  tokens double precision not null,
  refilled_at timestamptz not null default now(),
  live_queue_ends_at timestamptz not null default now(),
  other_queue_ends_at timestamptz not null default now()
);

create table route_pauses (
  handler text primary key,
  paused_at timestamptz not null default now(),
  -- Who paused it; null where it paused itself.
  actor text,
  reason text not null,
  -- The code that ran when the route paused itself: other code resumes it.
  build text
);

-- Queue rows of paused routes, as they were: they go back to their place.
create table held_runs (
  -- Whose pause it is. queue_handler is what the row itself names: null before the event has been routed.
  handler text not null,
  key uuid not null,
  source text not null,
  priority smallint not null,
  seq bigint not null,
  queue_handler text,
  attempt integer not null,
  claims integer not null,
  held_at timestamptz not null default now(),
  constraint held_runs_pkey primary key (key, handler)
);

create index held_runs_in_order on held_runs (handler, seq);
