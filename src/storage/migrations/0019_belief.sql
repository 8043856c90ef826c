-- Until when many deletions of a source at once are believed: a person has looked. A source may be here before it has received anything.
create table believed_deletions (
  source text primary key,
  until timestamptz not null
);
-- Whether something was recovered that lies in this window and in none before it. Windows overlap, and a loss in two of them is one loss.
alter table coverage add column is_gap boolean not null default false;
update coverage set is_gap = true where recovered > 0;
-- Since when a source has been configured: from then on its first comparison is due.
alter table sources add column first_seen_at timestamptz not null default now();
