-- Of a backfill's windows: the name under which the entities of known events are fetched again. A request that is taken up keeps it.
alter table coverage add column refresh text;
