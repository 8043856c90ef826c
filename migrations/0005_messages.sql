-- Messages: how many a number got, those that people answer, and whom we leave in peace.

-- By the hour: a sum, in which nothing tells a message that was counted from one that was not.
create table sent_messages (
  number text not null,
  hour timestamptz not null,
  sent integer not null,
  constraint sent_messages_pkey primary key (number, hour)
);

create table messages_to_answer (
  sms_id text primary key,
  number text not null,
  queued_at timestamptz not null default now()
);

-- They asked for it; three messages in a row came back; or twenty went there in this hour, as when two machines answer each other.
create view silent_numbers as
  select number from contacts where opted_out or bounces >= 3
  union
  select number from sent_messages where hour = date_trunc('hour', now(), 'UTC') and sent >= 20;
