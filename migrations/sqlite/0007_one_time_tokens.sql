-- Tokens that sign in once, as a link that an operator prints has them. One that was used is deleted.

create table one_time_tokens (
    token_hash text primary key,
    account_id blob not null references accounts (id) on delete cascade,
    expires_at text not null
);
create index one_time_tokens_expire on one_time_tokens (expires_at);

update schema_version set version = 7, oldest_binary = 2 where id = 1;
