-- The ledger of effects: what a handler has done about an event, so that it is found done when it is asked for again.
--
-- A row commits in the transaction of the effect that it speaks of, so the table stands in the database of the activities.
-- Where that is not the engine's, `posthorn migrate` runs this file there, and no other of the engine's.

create table effect_ledger (
  key uuid not null,
  handler text not null,
  name text not null,
  -- Tells the effects of one name apart: a line item, a recipient.
  discriminator text not null,
  -- How often a person had asked for it again. What is done again is superseded, never deleted.
  redo integer not null,
  -- Of the run that did it, or was about to.
  attempt integer not null,
  arguments_hash bytea,
  started_at timestamptz not null default now(),
  -- Null: a call was about to leave, and how it ended was not heard.
  finished_at timestamptz,
  -- Not jsonb, which refuses some JSON and reorders the rest: it is given back as it came.
  result json,
  -- When a person asked for it again: the next attempt makes the next row.
  redone_at timestamptz,
  constraint effect_ledger_pkey primary key (key, handler, name, discriminator, redo)
);
