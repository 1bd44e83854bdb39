-- The events of an owner's jobs in one order, for those who follow them. There is one writer, so
-- numbers are committed in their order.

create table feed (
    id integer primary key,
    base integer not null,
    seen integer not null
);
insert into feed (id, base, seen) values (1, 0, 0);

alter table events add column owner_id blob;
alter table events add column number integer;
create index events_feed on events (owner_id, number, stream_id, position)
    where stream = 'job' and number is not null;

create trigger events_number after insert on events begin
    update feed set base = base + 1 where id = 1;
    update events set number = (select base from feed where id = 1)
    where stream_id = new.stream_id and position = new.position;
end;

update schema_version set version = 3, oldest_binary = 2 where id = 1;
