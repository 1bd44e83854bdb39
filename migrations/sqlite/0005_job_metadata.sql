-- The metadata of jobs, to find jobs by. It never changes, so the database itself keeps it.

create table job_metadata (
    job_id blob not null references jobs (id) on delete cascade,
    key text not null,
    owner_id blob not null,
    value text not null,
    primary key (job_id, key)
);
create index job_metadata_of on job_metadata (owner_id, key, value, job_id);

insert into job_metadata (job_id, key, owner_id, value)
select j.id, m.key, j.owner_id, m.value from jobs j, json_each(j.metadata) m;

create trigger jobs_metadata after insert on jobs when new.metadata <> '{}' begin
    insert into job_metadata (job_id, key, owner_id, value)
    select new.id, key, new.owner_id, value from json_each(new.metadata);
end;

update schema_version set version = 5, oldest_binary = 2 where id = 1;
