-- When an entity last changed, as its list says. Where the mirror has yet to learn of all, it tells news from history.
alter table listed_entities add column changed_at timestamptz;
