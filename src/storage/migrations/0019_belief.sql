-- Until when many deletions of a source at once are believed: a person has looked. A source may be here before it has received anything.
create table believed_deletions (
  source text primary key,
  until timestamptz not null
);
-- Whether the list brought something into the time that this window adds to the ones before: what lies in two windows was lost once.
alter table coverage add column is_gap boolean not null default false;
-- Since when a source has been configured: from then on its first comparison is due.
alter table sources add column first_seen_at timestamptz not null default now();
