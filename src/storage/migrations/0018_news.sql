-- Which listed entities a handler has to hear of is found out once, before anything is offered: what was offered would count as heard.
alter table listed_entities add column is_news boolean not null default false,
  -- changed_at is when it came to be: the list does not say when it changed last.
  add column is_creation boolean not null default false;
alter table listings add column judged_at timestamptz;
