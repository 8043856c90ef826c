-- Tables of the worked examples in workflows/ and activities/. Replace them with your own.

create table call_records (
  call_id text primary key,
  customer_id text not null,
  duration integer not null,
  completed_at timestamptz not null
);

create table paid_orders (
  invoice_id text primary key,
  order_id text not null,
  amount_paid bigint not null,
  currency text not null,
  paid_at timestamptz not null default now()
);

create table customers (
  customer_id text primary key,
  email text,
  name text,
  is_deleted boolean not null default false,
  version bigint not null
);

create table issue_triage (
  issue text primary key,
  title text not null,
  labels text[] not null,
  queued_at timestamptz not null default now()
);

create table pushes (
  repository text not null,
  ref text not null,
  commit_sha text not null,
  constraint pushes_pkey primary key (repository, ref, commit_sha)
);
