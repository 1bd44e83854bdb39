-- Accounts, sessions, keys: plain tables.

create table owners (
    id blob primary key,
    created_at text not null
);

create table accounts (
    id blob primary key,
    owner_id blob not null references owners (id),
    email text not null unique,
    name text,
    password_hash text not null,
    role text not null,
    verified_at text,
    created_at text not null
);

create table sessions (
    id blob primary key,
    account_id blob not null references accounts (id) on delete cascade,
    token_hash text not null,
    created_at text not null,
    expires_at text not null
);
create index sessions_expire on sessions (expires_at);
create index sessions_of on sessions (account_id);

create table api_keys (
    id blob primary key,
    owner_id blob not null references owners (id),
    created_by blob not null references accounts (id) on delete cascade,
    name text not null,
    prefix text not null,
    hash text not null unique,
    created_at text not null,
    expires_at text,
    last_used_at text
);
create index api_keys_of on api_keys (owner_id, id);

-- What happened to jobs and files. The unique position is the optimistic lock.

create table events (
    stream_id blob not null,
    position integer not null,
    stream text not null,
    kind text not null,
    schema integer not null,
    data text not null,
    actor text not null,
    trace text,
    recorded_at text not null,
    primary key (stream_id, position)
);
create index events_streams on events (stream, stream_id) where position = 1;

-- What was deleted or has expired, so that 410 can be answered.

create table tombstones (
    stream_id blob primary key,
    owner_id blob not null,
    stream text not null,
    reason text not null,
    deleted_at text not null
);

-- Contents: a blob is a list of blocks, a block is one stored object.

create table blocks (
    id blob primary key,
    sha256 text not null,
    size integer not null,
    object_key text not null unique,
    stored_size integer not null,
    encoding text not null,
    key_id text,
    tier text not null,
    state text not null,
    touched_at integer not null
);
create unique index blocks_present on blocks (sha256) where state = 'present';
create index blocks_touched on blocks (touched_at, id);

create table blobs (
    id blob primary key,
    size integer not null,
    sha256 text not null,
    created_at text not null
);

create table blob_blocks (
    blob_id blob not null references blobs (id) on delete cascade,
    start_byte integer not null,
    length integer not null,
    block_id blob not null references blocks (id),
    primary key (blob_id, start_byte)
);
create index blob_blocks_of on blob_blocks (block_id);

-- Which file or job holds a blob. What nothing holds is collected.

create table blob_uses (
    holder_id blob not null,
    blob_id blob not null references blobs (id),
    primary key (holder_id, blob_id)
);
create index blob_uses_of on blob_uses (blob_id);

create table files (
    id blob primary key,
    owner_id blob not null references owners (id),
    created_by blob not null,
    name text not null,
    media_type text not null,
    size integer not null,
    sha256 text not null,
    blob_id blob not null references blobs (id),
    version integer not null,
    category text,
    tags text not null,
    image text,
    created_at text not null,
    updated_at text not null,
    position integer not null
);
create index files_of on files (owner_id, id);
create index files_blob on files (blob_id);

-- Jobs as their events tell them.

create table jobs (
    id blob primary key,
    owner_id blob not null references owners (id),
    created_by blob not null,
    name text,
    metadata text not null,
    priority text not null,
    spec text not null,
    spec_version integer not null,
    state text not null,
    attempt integer not null,
    failures integer not null,
    max_attempts integer not null,
    items text not null,
    outputs text not null,
    error text,
    not_before text,
    retry_of blob,
    created_at text not null,
    started_at text,
    finished_at text,
    expires_at text,
    position integer not null
);
create index jobs_of on jobs (owner_id, id);
create index jobs_in_state on jobs (owner_id, state, id);
create index jobs_expire on jobs (expires_at) where expires_at is not null;

-- What the engine needs of a job that has not ended. Phases: 0 delayed, 1 ready, 2 leased,
-- 3 parked. Times are microseconds since 1970.

create table workers (
    id blob primary key,
    name text not null,
    lease_until integer not null
);

create table lanes (
    lane integer primary key,
    paused boolean not null,
    vt integer not null
);
insert into lanes (lane, paused, vt) values (0, false, 0), (1, false, 0), (2, false, 0);

create table job_work (
    job_id blob primary key references jobs (id) on delete cascade,
    lane integer not null references lanes (lane),
    owner_id blob not null,
    class integer not null,
    phase integer not null,
    tag integer,
    not_before integer not null,
    lease_token blob,
    worker_id blob references workers (id),
    crashes integer not null,
    cancel_asked boolean not null,
    trace text
);
create index job_work_ready on job_work (lane, tag, job_id) where phase = 1;
create index job_work_flow on job_work (lane, owner_id, class, tag) where phase = 1;
create index job_work_leased on job_work (lane, tag) where phase = 2;
create index job_work_held on job_work (worker_id);
create index job_work_delayed on job_work (not_before) where phase = 0;

-- Who does the work that only one may do at a time.

create table duties (
    name text primary key,
    holder blob not null,
    until integer not null
);

-- One row for each job, end, channel and recipient, written with the end itself.

create table notices (
    id blob primary key,
    owner_id blob not null,
    job_id blob not null references jobs (id) on delete cascade,
    job_state text not null,
    channel text not null,
    recipient blob not null references accounts (id) on delete cascade,
    state text not null,
    message_id text,
    body blob,
    attempts integer not null,
    next_at integer not null,
    created_at text not null,
    sent_at text,
    unique (job_id, job_state, channel, recipient)
);
create index notices_waiting on notices (next_at, id) where state = 'waiting';
