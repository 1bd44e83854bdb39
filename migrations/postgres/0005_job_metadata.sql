-- The metadata of jobs, to find jobs by. It never changes, so the database itself keeps it, also for
-- jobs that a binary of the release before submits.

create table job_metadata (
    job_id uuid not null references jobs (id) on delete cascade,
    key text not null,
    owner_id uuid not null,
    value text not null,
    primary key (job_id, key)
);
create index job_metadata_of on job_metadata (owner_id, key, value, job_id);

insert into job_metadata (job_id, key, owner_id, value)
select j.id, m.key, j.owner_id, m.value from jobs j, jsonb_each_text(j.metadata) m;

create function jobs_metadata() returns trigger language plpgsql as $$
begin
    insert into job_metadata (job_id, key, owner_id, value)
    select new.id, key, new.owner_id, value from jsonb_each_text(new.metadata);
    return null;
end
$$;
create trigger jobs_metadata after insert on jobs for each row
    when (new.metadata <> '{}') execute function jobs_metadata();

update schema_version set version = 5, oldest_binary = 2 where id = 1;
