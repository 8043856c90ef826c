-- What `posthorn prove` counts. Nothing here forbids a second effect or a second run: they must show.

create table prove_effects (
  event_key uuid not null,
  handler text not null
);

create index prove_effects_event_key on prove_effects (event_key);

-- One row for each try of the effect, with the run in Temporal that tried.
create table prove_tries (
  event_key uuid not null,
  handler text not null,
  attempt integer not null,
  run_id text not null
);

create index prove_tries_event_key on prove_tries (event_key);
