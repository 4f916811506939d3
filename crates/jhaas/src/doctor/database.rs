//! The database, and what must be true of what is stored in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use jhaas_app::{course::due_at, seal::Sealer, settings::Settings};
use jhaas_domain::{clock::Clock as _, id::CourseId, time::Timestamp};
use jhaas_store::{
    Database,
    course::{self, Course},
    page::Page,
};

use super::{Finding, Part, folder, within};
use crate::{adapters::SystemClock, config::Config, serve};

const DATABASE: Part = Part("database");
const FILE: Part = Part("database file");
const MIGRATIONS: Part = Part("migrations");
const WRITING: Part = Part("writing");
const SECRETS: Part = Part("sealed secrets");
const DUE: Part = Part("due instants");
const CLOCK: Part = Part("clock");

/// Courses read at once.
const AT_ONCE: u64 = 200;
/// Courses named in one line.
const NAMED: usize = 3;
/// Before this version was written: a clock that was never set.
const EARLIEST: Timestamp = Timestamp::from_millis(1_735_689_600_000);
/// Longer than any network should take.
const SKEW_MILLIS: i64 = 2_000;
/// `libc`'s names of file systems that other machines share.
const NFS: i64 = 0x6969;
const SMB: [i64; 3] = [0x517b, 0xff53_4d42, 0xfe53_4d42];

/// All parts that need the database, in one go.
pub(super) async fn look(config: &Config, fix_due: bool) -> Vec<Finding> {
    let file = sqlite_file(&config.database.url);
    if let Some(file) = file.as_deref().filter(|file| !file.exists()) {
        return not_made(config, file);
    }
    let db = match connect(config).await {
        Ok(db) => db,
        Err(finding) => return and_skipped(vec![finding], "the database does not answer"),
    };
    let kind = if db.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let mut all = vec![DATABASE.ok(format!("{kind} answers"))];
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
    all.push(within(SECRETS, secrets(config, &db)).await);
    let courses = courses(&db).await;
    all.push(within(DUE, due(config, &db, courses.as_ref(), fix_due)).await);
    all.push(within(CLOCK, clock(&db, courses.as_ref())).await);
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
    for part in [MIGRATIONS, WRITING, SECRETS, DUE, CLOCK] {
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
            MIGRATIONS.failed("the tables are those of an earlier version", fix)
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
        jhaas_store::setting::hold(&tx, "doctor", SystemClock.now()).await?;
        tx.rollback().await.map_err(jhaas_store::StoreError::from)
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
async fn secrets(config: &Config, db: &Database) -> Finding {
    let Ok((newest, older)) = config.seal_keys() else {
        return SECRETS.skipped("there is no usable key to open them with");
    };
    let rows = match jhaas_store::secret::all(db.pool()).await {
        Ok(rows) => rows,
        Err(error) => return SECRETS.failed(error.to_string(), "see the parts above"),
    };
    let sealer = Sealer::new(newest, &older);
    let closed =
        rows.iter().filter(|row| sealer.open(&row.key_id, &row.owner, &row.name, &row.sealed).is_err());
    match closed.count() {
        0 => SECRETS.ok(format!("all {} open", rows.len())),
        closed => SECRETS.failed(
            format!("{closed} of {} do not open with keys.seal or keys.older", rows.len()),
            "put the key that they were sealed with into keys.older, or make it keys.seal again",
        ),
    }
}

async fn courses(db: &Database) -> Result<Vec<Course>> {
    let filter = course::Filter { sort: course::Sort::Oldest, ..course::Filter::default() };
    let mut all = Vec::new();
    for number in 1.. {
        let listed = course::list(db.pool(), &filter, Page { number, size: AT_ONCE }).await?;
        let last = number >= listed.pages();
        all.extend(listed.items);
        if last {
            break;
        }
    }
    Ok(all)
}

/// A wrong instant would be a course that nobody looks at, so all are computed again.
async fn due(
    config: &Config,
    db: &Database,
    courses: Result<&Vec<Course>, &anyhow::Error>,
    fix_due: bool,
) -> Finding {
    let (courses, settings) = match (courses, serve::settings(config)) {
        (Ok(courses), Ok(settings)) => (courses, settings),
        (Err(error), _) => return DUE.failed(format!("{error:#}"), "restore the row from a backup"),
        (_, Err(error)) => return DUE.failed(format!("{error:#}"), "correct the configuration"),
    };
    let wrong: Vec<&Course> =
        courses.iter().filter(|course| due_at(course, &settings) != course.due_at).collect();
    if wrong.is_empty() {
        return DUE.ok(format!("right for all {} courses", courses.len()));
    }
    if fix_due {
        return match correct(db, &wrong, &settings).await {
            Ok(corrected) => DUE.ok(format!("corrected for {corrected} of {} courses", courses.len())),
            Err(error) => DUE.failed(format!("{error:#}"), "run `jhaas doctor --fix-due` again"),
        };
    }
    let named: Vec<String> = wrong.iter().take(NAMED).map(|course| difference(course, &settings)).collect();
    let more = if wrong.len() > NAMED { ", …" } else { "" };
    DUE.failed(
        format!("wrong for {} of {} courses: {}{more}", wrong.len(), courses.len(), named.join(", ")),
        "run `jhaas doctor --fix-due`; needed after schedule.* or a lead time was changed",
    )
}

fn difference(course: &Course, settings: &Settings) -> String {
    let shown = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    format!("{} ({} instead of {})", course.spec.slug, shown(course.due_at), shown(due_at(course, settings)))
}

/// Reads each course again, for it may have been written meanwhile.
async fn correct(db: &Database, wrong: &[&Course], settings: &Settings) -> Result<usize> {
    for course in wrong {
        correct_one(db, course.id, settings).await.with_context(|| course.spec.slug.to_string())?;
    }
    Ok(wrong.len())
}

async fn correct_one(db: &Database, id: CourseId, settings: &Settings) -> Result<()> {
    let tx = db.begin().await?;
    if let Some(mut course) = course::lock(&tx, id).await? {
        course.due_at = due_at(&course, settings);
        course::update(&tx, &mut course).await?;
    }
    Ok(tx.commit().await.map_err(jhaas_store::StoreError::from)?)
}

/// Deadlines and tokens depend on it. SQLite has the machine's own clock, so there only the past can tell.
async fn clock(db: &Database, courses: Result<&Vec<Course>, &anyhow::Error>) -> Finding {
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
    let newest = courses.ok().and_then(|courses| courses.iter().map(|course| course.updated_at).max());
    match newest {
        Some(newest) if newest > after.plus_millis(SKEW_MILLIS) => {
            CLOCK.failed(format!("it is {after} here, but a course was written at {newest}"), fix)
        }
        _ => CLOCK.ok(format!("it is {after} here and at the database")),
    }
}
