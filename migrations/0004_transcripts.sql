-- What was said in calls, and what they were like.

create table call_transcripts (
  call_id text primary key,
  transcript text not null,
  written_at timestamptz not null default now()
);

create table call_analyses (
  call_id text primary key,
  sentiment text not null,
  summary text not null
);
