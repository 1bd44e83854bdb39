//! Both trees of migrations say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Tables = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

fn names(side: &str) -> BTreeSet<String> {
    let folder = Path::new("../migrations").join(side);
    fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn both_trees_have_the_same_files() {
    assert_eq!(names("sqlite"), names("postgres"));
}

/// Columns with their nullness and the unique keys, by table.
async fn sqlite_tables() -> Tables {
    let pool = sqlx::SqlitePool::connect("sqlite::memory:")
        .await
        .expect("a database");
    let mut conn = pool.acquire().await.expect("a connection");
    sqlx_macros::migrate!("../migrations/sqlite")
        .run(&mut *conn)
        .await
        .expect("the schema");
    let columns: Vec<(String, String, bool)> = sqlx::query_as(
        "select m.name, c.name, c.\"notnull\" = 1 or c.pk > 0 from sqlite_schema m
         join pragma_table_info(m.name) c
         where m.type = 'table' and m.name not like 'sqlite%' and m.name not like '\\_%' escape '\\'",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("columns");
    let keys: Vec<(String, String)> = sqlx::query_as(
        "select m.name, (select group_concat(name, ',') from
            (select name from pragma_index_info(i.name) order by seqno))
         from sqlite_schema m join pragma_index_list(m.name) i
         where m.type = 'table' and i.\"unique\" = 1
           and m.name not like 'sqlite%' and m.name not like '\\_%' escape '\\'",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("keys");
    // A key of one integer has no index of its own on SQLite.
    let rowids: Vec<(String, String)> = sqlx::query_as(
        "select m.name, c.name from sqlite_schema m join pragma_table_info(m.name) c
         where m.type = 'table' and c.pk = 1 and lower(c.type) = 'integer'
           and m.name not like 'sqlite%' and m.name not like '\\_%' escape '\\'
           and (select count(*) from pragma_table_info(m.name) where pk > 0) = 1",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("keys");
    tables(columns, keys.into_iter().chain(rowids))
}

async fn postgres_tables() -> Tables {
    let database = filittle_testkit::Postgres::shared().create_database();
    let pool = sqlx::PgPool::connect(database.direct_url())
        .await
        .expect("a database");
    sqlx_macros::migrate!("../migrations/postgres")
        .run(&pool)
        .await
        .expect("the schema");
    let columns: Vec<(String, String, bool)> = sqlx::query_as(
        "select table_name::text, column_name::text, is_nullable = 'NO'
         from information_schema.columns
         where table_schema = 'public' and table_name not like '\\_%'",
    )
    .fetch_all(&pool)
    .await
    .expect("columns");
    let keys: Vec<(String, String)> = sqlx::query_as(
        "select t.relname::text, string_agg(a.attname::text, ',' order by k.place)
         from pg_index i join pg_class t on t.oid = i.indrelid
         join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'public'
         cross join unnest(i.indkey) with ordinality k (number, place)
         join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
         where i.indisunique and t.relname not like '\\_%' group by i.indexrelid, t.relname",
    )
    .fetch_all(&pool)
    .await
    .expect("keys");
    pool.close().await;
    tables(columns, keys.into_iter())
}

fn tables(
    columns: Vec<(String, String, bool)>,
    keys: impl Iterator<Item = (String, String)>,
) -> Tables {
    let mut tables = Tables::new();
    for (table, column, required) in columns {
        tables
            .entry(table)
            .or_default()
            .0
            .insert(format!("{column} required={required}"));
    }
    for (table, key) in keys {
        tables.entry(table).or_default().1.insert(key);
    }
    tables
}

#[tokio::test]
async fn both_schemas_have_the_same_tables_columns_and_unique_keys() {
    let (sqlite, postgres) = (sqlite_tables().await, postgres_tables().await);
    assert!(sqlite.len() > 10, "only {} tables", sqlite.len());
    assert_eq!(sqlite, postgres);
}
