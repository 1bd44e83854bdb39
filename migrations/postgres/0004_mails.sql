-- Mails: one message to one account each, rendered once. A job's mail has one notice, a digest has
-- several. `next_at` is when it is tried next, or how long whoever tries it holds it.

create table mails (
    id uuid primary key,
    recipient uuid not null references accounts (id) on delete cascade,
    kind text not null,
    state text not null,
    message_id text,
    body bytea,
    attempts integer not null,
    unknown_outcomes integer not null,
    outcome text,
    next_at bigint not null,
    created_at timestamptz not null,
    ended_at timestamptz
);
create index mails_due on mails (next_at, id) where state in ('waiting', 'sending');
create index mails_ended on mails (ended_at) where ended_at is not null;

alter table notices add column mail_id uuid references mails (id) on delete set null;
create index notices_in on notices (mail_id) where mail_id is not null;
create index notices_to on notices (recipient, next_at, id) where state = 'waiting' and mail_id is null;

-- What is known of an account's address: no row means nothing.

create table mailboxes (
    account_id uuid primary key references accounts (id) on delete cascade,
    quiet_until bigint not null,
    refusals integer not null,
    suppressed_at timestamptz,
    unsubscribed_at timestamptz,
    verifications integer not null,
    verification_at timestamptz
);

-- Tokens that show that an address is somebody's own.

create table verifications (
    token_hash text primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index verifications_expire on verifications (expires_at);

update schema_version set version = 4 where id = 1;
