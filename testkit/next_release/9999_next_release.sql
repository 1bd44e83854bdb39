-- For tests: what a migration of the next release may do. It adds, also to the tables that jobs
-- are worked on in all day.

alter table jobs add column added_later text;
alter table job_work add column added_later text not null default 'x';
alter table files add column added_later bigint;
create table added_later (id uuid primary key);
update schema_version set version = version + 1;
