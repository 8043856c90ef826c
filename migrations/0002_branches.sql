-- How often each branch was pushed to: a sum, in which nothing tells a push that was counted from one that was not.

create table branches (
  repository text not null,
  ref text not null,
  pushes bigint not null,
  constraint branches_pkey primary key (repository, ref)
);
