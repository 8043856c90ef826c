-- Tables of the reference workflows (docs/workflows.md). Replace them with your own.

create table call_sessions (
  call_id text primary key,
  agent_id text,
  answered_at timestamptz not null
);

-- Calls to make, by what they are about: a call that was missed, a message that could not be delivered.
create table callbacks (
  about text primary key,
  number text not null,
  why text not null,
  queued_at timestamptz not null default now()
);

-- Closed once the recording is there, or will not come.
create table call_files (
  call_id text primary key,
  has_recording boolean not null,
  closed_at timestamptz not null default now()
);

create table recordings (
  call_id text primary key,
  file text not null,
  bytes bigint not null,
  sha256 text not null,
  archived_at timestamptz not null default now()
);

create table tickets (
  call_id text primary key,
  customer_id text,
  transcript text,
  opened_at timestamptz not null default now()
);

create table sms_messages (
  sms_id text primary key,
  status text not null,
  sender text,
  recipient text,
  body text,
  version bigint not null
);

create table contacts (
  number text primary key,
  bounces integer not null default 0,
  opted_out boolean not null default false
);

-- What agents did and where they failed, as the events said it.
create table agent_log (
  event_key uuid primary key,
  call_id text,
  type text not null,
  data jsonb not null,
  logged_at timestamptz not null default now()
);

create table orders (
  order_id text primary key,
  status text not null,
  payment_id text not null,
  amount bigint not null,
  currency text not null
);

create table subscriptions (
  subscription_id text primary key,
  customer_id text,
  status text not null,
  version bigint not null
);

create table deployments (
  repository text not null,
  commit_sha text not null,
  approved_by text not null,
  reason text not null,
  constraint deployments_pkey primary key (repository, commit_sha)
);
