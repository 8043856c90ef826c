-- Requests that were refused for their signature or their time, sealed with the installation's key. When the fault was ours, they
-- verify once it is mended. Nothing here says anything about events: a forgery cannot stand in the way of a genuine request.
create table quarantine (
  -- The receipt's.
  id uuid primary key,
  source text not null,
  -- The database's clock, so that what a wrong clock of ours refused verifies as of when it came.
  received_at timestamptz not null default now(),
  code text not null,
  remote_ip inet,
  -- Of the body.
  bytes integer not null,
  -- What has to go when room is short is drawn by lot, so that a flood thins out what was there and does not wash it away.
  lot double precision not null default random(),
  sealed bytea not null
);
