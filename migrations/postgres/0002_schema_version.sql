-- Which schema this is, and the oldest one that a binary may have been built for to work with it.
-- Each later migration sets both. One release only adds: the one after it may take away.

create table schema_version (
    id smallint primary key,
    version integer not null,
    oldest_binary integer not null
);
insert into schema_version (id, version, oldest_binary) values (1, 2, 2);
