-- What requests with an Idempotency-Key have made: who sends the same again gets the same. `until`
-- is in microseconds since 1970: for a request that is under way (no `made` yet), when it counts as
-- lost; for one that is done, when it is forgotten.

create table receipts (
    owner_id uuid not null,
    key text not null,
    token uuid not null,
    fingerprint text,
    made jsonb,
    until bigint not null,
    primary key (owner_id, key)
);
create index receipts_until on receipts (until);

update schema_version set version = 6, oldest_binary = 2 where id = 1;
