//! The whole database as rows and back, from each kind of database into each.

use jhaas_domain::course::CourseState;
use jhaas_store::{
    Connection as _, Database, StoreError,
    dump::{self, Pages, Restore, Table},
};
use jhaas_testkit::{TestDatabase, World, postgres_url, settings};
use sea_orm::Statement;
use serde_json::Value;

/// Tables with their rows.
type Dumped = Vec<(Table, Vec<Vec<Value>>)>;

async fn dumped(db: &Database) -> Dumped {
    let tx = db.snapshot().await.unwrap();
    let mut all = Vec::new();
    for table in dump::tables(&tx).await.unwrap() {
        let (mut pages, mut rows) = (Pages::of(&table), Vec::new());
        while let Some(page) = pages.next(&tx).await.unwrap() {
            rows.extend(page);
        }
        // Each database sorts texts in its own way.
        rows.sort_by_key(|row| serde_json::to_string(row).unwrap());
        all.push((table, rows));
    }
    all
}

/// Those of this version.
async fn migrations() -> Vec<String> {
    let database = TestDatabase::sqlite().await;
    dump::migrations(&database.db.snapshot().await.unwrap()).await.unwrap()
}

async fn restored(db: &Database, dumped: &Dumped, replace: bool) -> Result<(), StoreError> {
    let migrations = migrations().await;
    let tx = db.begin().await?;
    let mut restore = Restore::begin(&tx, &migrations, replace).await?;
    for (table, rows) in dumped {
        restore.table(table.clone()).await?;
        for row in rows {
            restore.row(row).await?;
        }
    }
    restore.end().await?;
    Ok(tx.commit().await?)
}

/// Empty databases of each kind that can be tried.
async fn empty() -> Vec<TestDatabase> {
    let mut all = vec![TestDatabase::empty_sqlite().await];
    if let Some(server) = postgres_url() {
        all.push(TestDatabase::empty_postgres(&server).await);
    }
    all
}

async fn worlds() -> Vec<World> {
    let mut all = vec![World::new(TestDatabase::sqlite().await, settings())];
    if let Some(server) = postgres_url() {
        all.push(World::new(TestDatabase::postgres(&server).await, settings()));
    }
    for world in &all {
        let ada = world.leader("ada").await;
        for (slug, state) in [("one", CourseState::Deployed), ("two", CourseState::Deploying)] {
            world.course(&ada).slug(slug).state(state).create().await;
        }
        // More than a page, with letters that sort differently.
        let tx = world.db.begin().await.unwrap();
        for number in 0..1100 {
            let letter = ["a", "B", "ä", "_", "-"][number % 5];
            let sql = format!(
                "INSERT INTO settings (key, value, updated_at, version) \
                 VALUES ('{letter}{number}', '\"q\\uote''d\"', -1, 9007199254740993)"
            );
            tx.execute_unprepared(&sql).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    all
}

#[tokio::test]
async fn whatever_is_in_one_database_is_the_same_in_another_after_dump_and_restore() {
    for world in worlds().await {
        let before = dumped(&world.db).await;
        let count = |name: &str| before.iter().find(|(table, _)| table.name == name).unwrap().1.len();
        assert_eq!((count("courses"), count("settings") > 1100), (2, true));
        for target in empty().await {
            restored(&target.db, &before, false).await.unwrap();
            assert!(target.db.is_current().await.unwrap());
            assert_eq!(dumped(&target.db).await, before);
        }
    }
}

#[tokio::test]
async fn no_table_is_left_out() {
    for world in worlds().await {
        let known: Vec<String> = dumped(&world.db).await.into_iter().map(|(table, _)| table.name).collect();
        let sql = if world.db.is_postgres() {
            "SELECT CAST(tablename AS TEXT) AS name FROM pg_tables WHERE schemaname = current_schema()"
        } else {
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        };
        let statement = Statement::from_string(world.db.pool().get_database_backend(), sql);
        for row in world.db.pool().query_all_raw(statement).await.unwrap() {
            let name: String = row.try_get("", "name").unwrap();
            assert!(name == "seaql_migrations" || known.contains(&name), "{name} is in no backup");
        }
    }
}

#[tokio::test]
async fn what_is_there_goes_only_when_it_is_to_go() {
    let sources = worlds().await;
    let before = dumped(&sources[0].db).await;
    for target in worlds().await {
        let there = dumped(&target.db).await;
        let refused = restored(&target.db, &before, false).await;
        assert!(matches!(refused, Err(StoreError::NotEmpty(_))), "{refused:?}");
        assert_eq!(dumped(&target.db).await, there);
        restored(&target.db, &before, true).await.unwrap();
        assert_eq!(dumped(&target.db).await, before);
    }
}

#[tokio::test]
async fn a_row_that_does_not_fit_leaves_the_database_as_it_was() {
    let sources = worlds().await;
    let whole = dumped(&sources[0].db).await;
    let broken = |change: fn(&mut Dumped)| {
        let mut dumped = whole.clone();
        change(&mut dumped);
        dumped
    };
    let at = |dumped: &Dumped, name: &str| dumped.iter().position(|(table, _)| table.name == name).unwrap();
    let courses = at(&whole, "courses");
    assert!(courses > 0);
    let all = [
        broken(|dumped| drop(dumped.last_mut().unwrap().0.columns.pop())),
        broken(|dumped| "nobody".clone_into(&mut dumped[0].0.name)),
        broken(|dumped| dumped[0].1[0][0] = Value::from(7)),
        broken(|dumped| drop(dumped[0].1[0].pop())),
        // Nobody is left whom the rest refers to.
        broken(|dumped| dumped[0].1.clear()),
    ];
    for dump in all {
        for target in empty().await {
            restored(&target.db, &dump, false).await.unwrap_err();
            let tx = target.db.snapshot().await.unwrap();
            assert_eq!(dump::tables(&tx).await.unwrap(), []);
        }
    }
}

/// Without what later migrations than the first have made.
fn first(mut dumped: Dumped) -> Dumped {
    let later = [
        "visits",
        "identity_sessions",
        "access_tokens",
        "idempotency_keys",
        "announcements",
        "calendar_feeds",
        "kept_forms",
    ];
    dumped.retain(|(table, _)| !later.contains(&table.name.as_str()));
    let (courses, rows) = dumped.iter_mut().find(|(table, _)| table.name == "courses").unwrap();
    for added in ["cluster", "homes_until", "invite_until"] {
        let place = courses.columns.iter().position(|column| column.name == added).unwrap();
        courses.columns.remove(place);
        for row in rows.iter_mut() {
            row.remove(place);
        }
    }
    dumped
}

#[tokio::test]
async fn rows_of_an_earlier_version_are_brought_to_this_one() {
    let sources = worlds().await;
    let before = first(dumped(&sources[0].db).await);
    for target in empty().await {
        let migrations = migrations().await[..1].to_vec();
        let tx = target.db.begin().await.unwrap();
        let mut restore = Restore::begin(&tx, &migrations, false).await.unwrap();
        for (table, rows) in &before {
            restore.table(table.clone()).await.unwrap();
            for row in rows {
                restore.row(row).await.unwrap();
            }
        }
        restore.end().await.unwrap();
        tx.commit().await.unwrap();
        assert!(target.db.is_current().await.unwrap());
        let after = dumped(&target.db).await;
        assert!(after.iter().any(|(table, rows)| table.name == "visits" && rows.is_empty()));
        assert_eq!(first(after), before);
    }
}

#[tokio::test]
async fn a_dump_or_a_database_of_a_later_version_is_refused() {
    for target in empty().await {
        let known = migrations().await;
        let later = [known.clone(), vec!["9999_later".to_owned()]].concat();
        let tx = target.db.begin().await.unwrap();
        assert!(matches!(Restore::begin(&tx, &later, true).await, Err(StoreError::Dump(_))));
        drop(tx);
        target.db.migrate().await.unwrap();
        let sql = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('9999_later', 1)";
        target.db.pool().execute_unprepared(sql).await.unwrap();
        let tx = target.db.begin().await.unwrap();
        assert!(matches!(Restore::begin(&tx, &known, true).await, Err(StoreError::Dump(_))));
        // Nor does it write one: it would leave out what it does not know.
        assert!(matches!(dump::migrations(&tx).await, Err(StoreError::Dump(_))));
    }
}

#[tokio::test]
async fn a_snapshot_sees_nothing_that_comes_later_and_holds_up_nobody() {
    for world in worlds().await {
        let tx = world.db.snapshot().await.unwrap();
        let table =
            dump::tables(&tx).await.unwrap().into_iter().find(|table| table.name == "accounts").unwrap();
        let mut pages = Pages::of(&table);
        // The view begins with the first look.
        let seen = pages.next(&tx).await.unwrap().unwrap().len();
        world.student("late").await;
        assert_eq!(Pages::of(&table).next(&tx).await.unwrap().unwrap().len(), seen);
    }
}

#[tokio::test]
async fn all_rows_are_replaced_only_while_nobody_works_with_them() {
    let Some(server) = postgres_url() else { return };
    let database = TestDatabase::empty_postgres(&server).await;
    let works = Database::join(&database.url, 2).await.unwrap();
    assert!(matches!(database.db.replace().await, Err(StoreError::InUse)));
    works.pool().clone().close().await.unwrap();
    let tx = database.db.replace().await.unwrap();
    let (url, joined) =
        (database.url.clone(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let told = std::sync::Arc::clone(&joined);
    let waits = tokio::spawn(async move {
        let db = Database::join(&url, 1).await.unwrap();
        told.store(true, std::sync::atomic::Ordering::SeqCst);
        db
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!joined.load(std::sync::atomic::Ordering::SeqCst), "it would see half of it");
    tx.commit().await.unwrap();
    waits.await.unwrap();
}
