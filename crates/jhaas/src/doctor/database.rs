//! The database, and what must be true of what is stored in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Result;
use jhaas_app::{
    App, backup,
    context::Background,
    course::{WrongDue, wrong_due},
    seal::Sealer,
};
use jhaas_domain::{clock::Clock as _, course::CourseState, time::Timestamp};
use jhaas_store::{Database, Page, StoreError, account, course, event, secret, setting};
use tokio::sync::Notify;

use super::{Finding, Part, addresses::is_here, folder, within};
use crate::{
    adapters::{SystemClock, SystemRandom},
    config::Config,
    serve, sweep,
};

const DATABASE: Part = Part("database");
const FILE: Part = Part("database file");
const MIGRATIONS: Part = Part("migrations");
const WRITING: Part = Part("writing");
const SECRETS: Part = Part("sealed secrets");
const SIGN_IN: Part = Part("ways to sign in");
const DUE: Part = Part("due instants");
const CLOCK: Part = Part("clock");
const BACKUP: Part = Part("backup");
const LEFTOVERS: Part = Part("leftovers");

/// Courses named in one line.
const NAMED: usize = 3;
/// A backup that is older misses half of what a term begins with.
const BACKUP_DAYS: i64 = 7;
/// Before this version was written: a clock that was never set.
const EARLIEST: Timestamp = Timestamp::from_millis(1_735_689_600_000);
/// Longer than any network should take.
const SKEW_MILLIS: i64 = 2_000;
/// `libc`'s names of file systems that other machines share.
const NFS: i64 = 0x6969;
const SMB: [i64; 3] = [0x517b, 0xff53_4d42, 0xfe53_4d42];

/// All parts that need the database, in one go.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let file = sqlite_file(&config.database.url);
    if let Some(file) = file.as_deref().filter(|file| !file.exists()) {
        return not_made(config, file);
    }
    let db = match connect(config).await {
        Ok(db) => db,
        Err(finding) => return and_skipped(vec![finding], "the database does not answer"),
    };
    let kind = if db.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let mut all = vec![match unproven(&config.database.url) {
        None => DATABASE.ok(format!("{kind} answers")),
        Some(host) => DATABASE.warning(
            format!("{kind} answers, but nothing proves that it is {host}"),
            "add ?sslmode=verify-full to database.url, and &sslrootcert=FILE for an authority of your own",
        ),
    }];
    if let Some(file) = &file {
        all.push(within(FILE, database_file(&db, file)).await);
    }
    let migrations = within(MIGRATIONS, migrations(&db)).await;
    let current = migrations.fix.is_none();
    all.push(migrations);
    if !current {
        return and_skipped(all, "the tables are not those of this version");
    }
    all.push(within(WRITING, writing(&db)).await);
    all.push(within(CLOCK, clock(&db)).await);
    let app = match app(config, db) {
        Ok(app) => app,
        Err(error) => return and_skipped(all, &format!("{error:#}")),
    };
    all.push(within(SECRETS, secrets(&app)).await);
    all.push(within(SIGN_IN, sign_in(&app, config)).await);
    all.push(within(DUE, due(&app)).await);
    all.push(within(BACKUP, last_backup(&app)).await);
    all.push(within(LEFTOVERS, leftovers(&app, config)).await);
    all
}

async fn connect(config: &Config) -> Result<Database, Finding> {
    match Database::connect(&config.database.url, 2).await {
        Ok(db) => Ok(db),
        Err(error) => {
            let fix =
                "start the database, and compare database.url with its address, user, password and name";
            Err(DATABASE.failed(format!("{error}"), fix))
        }
    }
}

/// Another machine, beyond the cluster's own network, to which people in between could hand another database.
fn unproven(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok().filter(|url| url.scheme().starts_with("postgres"))?;
    let host = url.host_str()?.to_owned();
    let is_near = is_here(&host) || host.ends_with(".svc") || host.ends_with(".svc.cluster.local");
    let proves = |(name, mode): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        matches!(&*name, "sslmode" | "ssl-mode") && ["verify-full", "verify-ca"].contains(&&*mode)
    };
    (!is_near && !url.query_pairs().any(proves)).then_some(host)
}

/// The application, for what its use cases judge.
fn app(config: &Config, db: Database) -> Result<App> {
    let (newest, older) = config.seal_keys()?;
    Ok(App {
        db,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        settings: Arc::new(serve::settings(config)?),
        sealer: Arc::new(Sealer::new(newest, &older)),
        wake: Arc::new(Notify::new()),
        background: Background::default(),
    })
}

/// The file in `sqlite://PATH?…`.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let path = rest.split_once('?').map_or(rest, |(path, _)| path);
    (!path.is_empty() && path != ":memory:").then(|| path.into())
}

fn not_made(config: &Config, file: &Path) -> Vec<Finding> {
    let shown = folder::shown(file);
    let parent = shown.parent().unwrap_or(Path::new("/"));
    let database = if !config.database.url.contains("mode=rwc") {
        DATABASE.failed(
            format!("the file {} is not there, and database.url does not allow to make it", shown.display()),
            "add ?mode=rwc to database.url, or correct its path",
        )
    } else if !parent.is_dir() {
        DATABASE.failed(
            format!("the folder {} is not there", parent.display()),
            "make the folder as the user of the service, or correct database.url",
        )
    } else if let Err(error) = folder::look(parent) {
        DATABASE.failed(
            format!("no file can be made in {}: {error}", parent.display()),
            "let the user of the service write there, or correct database.url",
        )
    } else {
        DATABASE.ok(format!("the file {} will be made by the first start", shown.display()))
    };
    and_skipped(vec![database], "there is no database yet")
}

/// The parts that are not among `found` yet could not be tested.
fn and_skipped(mut found: Vec<Finding>, why: &str) -> Vec<Finding> {
    for part in [MIGRATIONS, WRITING, CLOCK, SECRETS, SIGN_IN, DUE, BACKUP, LEFTOVERS] {
        if found.iter().all(|finding| finding.part != part.0) {
            found.push(part.skipped(why));
        }
    }
    found
}

/// SQLite alone: write-ahead log, file system, and who can read the file.
async fn database_file(db: &Database, file: &Path) -> Finding {
    let shown = folder::shown(file);
    let mode = match db.journal_mode().await {
        Ok(mode) => mode.unwrap_or_default(),
        Err(error) => return FILE.failed(error.to_string(), "restore the file from a backup"),
    };
    if shared(file) {
        let fix = "move the file to a disk of this machine, or use PostgreSQL";
        return FILE.failed(
            format!("{} lies on a network file system, where SQLite loses data", shown.display()),
            fix,
        );
    }
    if mode != "wal" {
        let fix = "move the file to a local disk that allows shared memory";
        return FILE.failed(format!("the journal mode is {mode} instead of wal"), fix);
    }
    if let Some(finding) = folder::foreign(FILE, file) {
        return finding;
    }
    if read_by_others(&shown) {
        let parent = shown.parent().unwrap_or(Path::new("/"));
        let fix = format!("chmod 700 {}", parent.display());
        return FILE.warning(format!("everyone on this machine can read {}", shown.display()), fix);
    }
    FILE.ok(format!("{} keeps a write-ahead log", shown.display()))
}

fn shared(file: &Path) -> bool {
    rustix::fs::statfs(file).is_ok_and(|system| {
        let kind = system.f_type & 0xffff_ffff;
        kind == NFS || SMB.contains(&kind)
    })
}

/// Others may read the file and enter the folder that it is in.
fn read_by_others(file: &Path) -> bool {
    let mode = |path: &Path| fs::metadata(path).map_or(0, |data| data.permissions().mode());
    mode(file) & 0o004 != 0 && file.ancestors().skip(1).all(|folder| mode(folder) & 0o001 != 0)
}

async fn migrations(db: &Database) -> Finding {
    match db.is_current().await {
        Ok(true) => MIGRATIONS.ok("the tables are those of this version"),
        Ok(false) => {
            let fix = "run `jhaas migrate`; make a backup first";
            MIGRATIONS.failed("the tables are missing or those of an earlier version", fix)
        }
        Err(error) => {
            let fix = "run the newest version of jhaas that was used with this database, or restore a backup";
            MIGRATIONS.failed(format!("the tables cannot be judged: {error}"), fix)
        }
    }
}

/// Writes and takes it back.
async fn writing(db: &Database) -> Finding {
    let write = async {
        let tx = db.begin().await?;
        setting::hold(&tx, "doctor", SystemClock.now()).await?;
        tx.rollback().await.map_err(StoreError::from)
    };
    match write.await {
        Ok(()) => WRITING.ok("a row was written and taken back"),
        Err(error) => {
            let fix = "give the user of database.url the right to write; look for a full disk or a lock that is never \
                       freed";
            WRITING.failed(error.to_string(), fix)
        }
    }
}

/// Each secret must open with the keys at hand: after a restore with another key no hub could be reached.
async fn secrets(app: &App) -> Finding {
    let rows = match secret::all(app.db.pool()).await {
        Ok(rows) => rows,
        Err(error) => return SECRETS.failed(error.to_string(), "see the parts above"),
    };
    let closed =
        rows.iter().filter(|row| app.sealer.open(&row.key_id, &row.owner, &row.name, &row.sealed).is_err());
    match closed.count() {
        0 => SECRETS.ok(format!("all {} open", rows.len())),
        closed => SECRETS.failed(
            format!("{closed} of {} do not open with keys.seal or keys.older", rows.len()),
            "put the key that they were sealed with into keys.older, or make it keys.seal again",
        ),
    }
}

/// Nobody may be shut out by a setting, nor find out only afterwards.
async fn sign_in(app: &App, config: &Config) -> Finding {
    let issuers: Vec<&str> =
        config.sign_in.providers.values().map(|provider| provider.issuer.as_str()).collect();
    let without = match account::without_identity(app.db.pool(), &issuers).await {
        Ok(without) => without,
        Err(error) => return SIGN_IN.failed(error.to_string(), "see the parts above"),
    };
    let names: Vec<&str> = config.sign_in.providers.keys().map(String::as_str).collect();
    let providers = names.join(", ");
    match (config.sign_in.passwords, without) {
        (true, _) if names.is_empty() => SIGN_IN.ok("by password"),
        (true, without) => SIGN_IN.ok(format!(
            "by password and by {providers}; people who cannot sign in without a password: {without}"
        )),
        (false, 0) => SIGN_IN.ok(format!("by {providers}")),
        (false, without) => SIGN_IN.warning(
            format!("by {providers}; people who cannot sign in, for passwords are off: {without}"),
            "turn sign_in.passwords on until they have linked their accounts under My account",
        ),
    }
}

/// A wrong instant would be a course that nobody looks at, so all are computed again.
async fn due(app: &App) -> Finding {
    let look = async {
        let wrong = wrong_due(app).await?;
        let first: Vec<_> = wrong.iter().take(NAMED).map(|wrong| wrong.course).collect();
        let first = course::by_ids(app.db.pool(), &first).await?;
        let counts: Vec<(CourseState, u64)> = course::counts(app.db.pool()).await?;
        let courses: u64 = counts.iter().map(|(_, count)| count).sum();
        anyhow::Ok((wrong, first, courses))
    };
    let (wrong, first, courses) = match look.await {
        Ok(found) => found,
        Err(error) => return DUE.failed(format!("{error:#}"), "restore the row that is named from a backup"),
    };
    if wrong.is_empty() {
        return DUE.ok(format!("right for all {courses} courses"));
    }
    let slug = |wrong: &WrongDue| {
        first.iter().find(|course| course.id == wrong.course).map(|c| c.spec.slug.as_str())
    };
    let named: Vec<String> = wrong
        .iter()
        .take(NAMED)
        .map(|wrong| {
            let (stored, right) = (shown(wrong.stored), shown(wrong.right));
            format!("{} ({stored} instead of {right})", slug(wrong).unwrap_or("?"))
        })
        .collect();
    let more = if wrong.len() > NAMED { ", …" } else { "" };
    DUE.failed(
        format!("wrong for {} of {courses} courses: {}{more}", wrong.len(), named.join(", ")),
        "start `jhaas serve` anew: after a change of [schedule] or of a lead time it corrects them at its start",
    )
}

/// Whether somebody makes backups. Those by other means are not seen.
async fn last_backup(app: &App) -> Finding {
    let look = async { anyhow::Ok((backup::last_made(app).await?, course::counts(app.db.pool()).await?)) };
    let (last, courses) = match look.await {
        Ok(found) => found,
        Err(error) => return BACKUP.failed(format!("{error:#}"), "see the parts above"),
    };
    match last {
        None if courses.is_empty() => BACKUP.ok("there are no courses yet"),
        None => BACKUP.skipped("`jhaas backup` has made none; what is made by other means is not seen here"),
        Some(at) if at.plus_days(BACKUP_DAYS) < app.now() => {
            let says = format!("the last one was made at {at}");
            BACKUP.warning(says, "let a timer call `jhaas backup` every day")
        }
        Some(at) => BACKUP.ok(format!("the last one was made at {at}")),
    }
}

/// Hubs without a course hold memory and disks, and nobody would ever end them.
async fn leftovers(app: &App, config: &Config) -> Finding {
    match sweep::count(app, config).await {
        Ok(0) => LEFTOVERS.ok("each hub that is there has its course"),
        Ok(count) => {
            let says = format!("{count} hubs or parts of them are there without a course");
            LEFTOVERS.warning(says, "look at them with `jhaas sweep`")
        }
        Err(error) => LEFTOVERS.skipped(format!("they cannot be looked for: {error:#}")),
    }
}

fn shown(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

/// Deadlines and tokens depend on it. SQLite has the machine's own clock, so there only the past can tell.
async fn clock(db: &Database) -> Finding {
    let fix = "set the clock of this machine, and keep it right by NTP";
    let before = SystemClock.now();
    let theirs = match db.now().await {
        Ok(theirs) => theirs,
        Err(error) => return CLOCK.failed(error.to_string(), "see the parts above"),
    };
    let after = SystemClock.now();
    if before < EARLIEST {
        return CLOCK.failed(format!("it is {before} here"), fix);
    }
    let skew = (theirs.millis_since(after)).max(before.millis_since(theirs));
    if skew > SKEW_MILLIS {
        let seconds = skew / 1000;
        let fix = "keep the clocks of both machines right by NTP";
        return CLOCK.failed(format!("the database's clock is {seconds} s away from this machine's"), fix);
    }
    let newest = Page { number: 1, size: 1 };
    let newest = match event::list(db.pool(), &event::Filter::default(), newest).await {
        Ok(listed) => listed.items.into_iter().next(),
        Err(error) => return CLOCK.failed(error.to_string(), "see the parts above"),
    };
    match newest {
        Some(newest) if newest.at > after.plus_millis(SKEW_MILLIS) => {
            CLOCK.failed(format!("it is {after} here, but {} happened at {}", newest.kind, newest.at), fix)
        }
        _ => CLOCK.ok(format!("it is {after} here and at the database")),
    }
}

#[cfg(test)]
mod tests {
    use super::unproven;

    #[test]
    fn a_database_elsewhere_must_prove_who_it_is() {
        let elsewhere = "postgres://jhaas:x@db.university.example/jhaas";
        assert_eq!(unproven(elsewhere).as_deref(), Some("db.university.example"));
        assert_eq!(
            unproven(&format!("{elsewhere}?sslmode=require")).as_deref(),
            Some("db.university.example")
        );
        for proven in [
            &format!("{elsewhere}?sslmode=verify-full&sslrootcert=/etc/jhaas/ca.pem"),
            "postgres://jhaas:x@127.0.0.1:5432/jhaas",
            "postgres://jhaas:x@postgres.jhaas-trial.svc:5432/jhaas",
            "sqlite://jhaas.sqlite?mode=rwc",
        ] {
            assert_eq!(unproven(proven), None, "{proven}");
        }
    }
}
