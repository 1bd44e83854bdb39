-- The events of an owner's jobs in one order, for those who follow them.
--
-- An event's number is that of its transaction, counted on from `base`. Transactions do not commit
-- in the order of their numbers: who reads stops before the oldest one that is still under way. The
-- server counts those of all its databases; one that is known to be of another does not hold us up.
-- A database that was restored elsewhere counts transactions from the beginning. So `base` moves
-- on, whenever a migration finds less than was `seen` before.

create table feed (
    id smallint primary key,
    base bigint not null,
    seen bigint not null
);
insert into feed (id, base, seen) values (1, 0, 0);

create function feed_number() returns bigint language sql volatile as
    'select base + pg_current_xact_id()::text::bigint from feed where id = 1';

create function feed_horizon() returns bigint language sql stable as
    'select base + coalesce(
         (select min(x)::text::bigint
          from pg_snapshot_xip(pg_current_snapshot()) x
          where not exists (
              select 1 from pg_stat_activity a
              where a.backend_xid = x::xid and a.datname <> current_database())),
         pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
     from feed where id = 1';

alter table events add column owner_id uuid;
alter table events add column number bigint;
alter table events alter column number set default feed_number();
create index events_feed on events (owner_id, number, stream_id, position)
    where stream = 'job' and number is not null;

-- For binaries of the release before, which know nothing of owners here.

create function events_owner() returns trigger language plpgsql as $$
begin
    new.owner_id := (select owner_id from jobs where id = new.stream_id);
    return new;
end
$$;
create trigger events_owner before insert on events for each row
    when (new.owner_id is null and new.stream = 'job') execute function events_owner();

update schema_version set version = 3, oldest_binary = 2 where id = 1;
