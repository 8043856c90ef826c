-- Which listed entities a handler has to hear of is found out once, before anything is offered: what was offered would count as heard.
alter table listed_entities add column is_news boolean not null default false,
  -- changed_at is when it came to be: the list does not say when it changed last. So it is for what a worker of before has noted.
  add column is_creation boolean not null default true;
-- heard_to: events received from here on have been looked through for what they told of.
alter table listings add column heard_to timestamptz, add column judged_at timestamptz;
