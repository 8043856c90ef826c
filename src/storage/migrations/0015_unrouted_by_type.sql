-- outside a transaction
-- By it the types are read without reading the events, of which there may be as many as there are.
drop index concurrently if exists posthorn.unrouted_by_type;
create index concurrently unrouted_by_type on posthorn.unrouted (provider, type, received_at);
