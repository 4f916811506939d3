//! `jhaas backup` and `jhaas restore`: the database in one file, with a list of the objects and, under a passphrase, the keys.

pub(crate) mod archive;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use jhaas_app::{
    App, backup,
    seal::{GuardedKeys, MIN_PASSPHRASE, Sealer},
};
use jhaas_domain::{clock::Clock as _, time::Timestamp};
use jhaas_objects::{Entry, Objects};
use jhaas_store::{StoreError, dump};

use self::archive::{Head, Line, Reader, Summary, Writer};
use crate::{adapters::SystemClock, config::Config, serve};

/// Names of backups in a folder, around the time.
const PREFIX: &str = "jhaas-";
const SUFFIX: &str = ".backup";
const TIME: &str = "%Y-%m-%dT%H-%M-%SZ";
/// States that are missing are named; so many at most.
const NAMED: usize = 10;

#[derive(clap::Args)]
pub(crate) struct MakeArgs {
    /// The file to make, not one that is there; or a folder, in which it is named after the time.
    file: PathBuf,
    /// Removes all but so many of the newest backups of the folder, once there is a new one.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// File with a passphrase: the keys are put in under it. Without one they are left out.
    #[arg(long, env = "JHAAS_BACKUP_PASSPHRASE_FILE", hide_env_values = true)]
    passphrase_file: Option<PathBuf>,
    /// Makes it although the object store does not answer, without the list of objects.
    #[arg(long)]
    without_objects: bool,
}

#[derive(clap::Args)]
pub(crate) struct RestoreArgs {
    /// What `jhaas backup` has made.
    file: PathBuf,
    /// File with the passphrase under which the keys are in it.
    #[arg(long, env = "JHAAS_BACKUP_PASSPHRASE_FILE", hide_env_values = true)]
    passphrase_file: Option<PathBuf>,
    /// Throws away what is in the database.
    #[arg(long)]
    replace: bool,
    /// Says whether the file is whole and its secrets can be opened here, and changes nothing.
    #[arg(long)]
    check: bool,
}

/// # Errors
/// When something cannot be read or written; then there is no file.
pub(crate) async fn make(config: &Config, args: &MakeArgs) -> Result<()> {
    let folder = args.file.is_dir().then_some(args.file.as_path());
    if args.keep.is_some() && folder.is_none() {
        bail!("--keep: {} is no folder", args.file.display());
    }
    let file = &match folder {
        Some(folder) => folder.join(named_after(SystemClock.now())),
        None => args.file.clone(),
    };
    if file.exists() {
        bail!("{} is there already", file.display());
    }
    let keys = match passphrase(args.passphrase_file.as_deref())? {
        Some(passphrase) => Some(guard(config, &passphrase)?),
        None => None,
    };
    let app = serve::app(config).await?;
    if !app.db.is_current().await? {
        bail!("the tables are missing or those of an earlier version: run `jhaas migrate` first");
    }
    let mut part = file.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut writer = Writer::create(&part).with_context(|| format!("cannot make {}", part.display()))?;
    let written = async {
        write_database(&app, &mut writer, keys).await?;
        if !args.without_objects {
            write_index(config, &mut writer)
                .await
                .context("--without-objects leaves the list of objects out")?;
        }
        writer.end()?;
        // A disk may have kept something else than what it was given.
        let summary = archive::verify(&part)?;
        fs::rename(&part, file)?;
        anyhow::Ok(summary)
    };
    let summary = match written.await {
        Ok(summary) => summary,
        Err(error) => {
            // Nobody should take it for one.
            let _ = fs::remove_file(&part);
            return Err(error).with_context(|| format!("{} was not made", file.display()));
        }
    };
    // The file is there all the same.
    if let Err(error) = backup::made(&app, summary.head.made_at).await {
        tracing::warn!(%error, "backup.not_noted");
    }
    tell_made(file, &summary);
    match (folder, args.keep) {
        (Some(folder), Some(keep)) => keep_newest(folder, keep),
        _ => Ok(()),
    }
}

/// Sorts by time. In UTC, without a colon, which some file systems do not take.
fn named_after(at: Timestamp) -> String {
    format!("{PREFIX}{}{SUFFIX}", at.to_jiff().strftime(TIME))
}

/// What somebody has named otherwise is theirs to remove.
fn is_named_after_a_time(name: &str) -> bool {
    let time = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    time.is_some_and(|time| jiff::civil::DateTime::strptime(TIME, time).is_ok())
}

fn keep_newest(folder: &Path, keep: u32) -> Result<()> {
    let context = || format!("the old backups in {} stay", folder.display());
    let mut all: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).with_context(context)? {
        let path = entry.with_context(context)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // What a run that was killed has left is no backup.
        if name.strip_suffix(".part").is_some_and(is_named_after_a_time) {
            fs::remove_file(&path).with_context(context)?;
        } else if is_named_after_a_time(name) {
            all.push(path);
        }
    }
    all.sort_unstable();
    let old = all.len().saturating_sub(usize::try_from(keep).unwrap_or(usize::MAX));
    for path in all.iter().take(old) {
        fs::remove_file(path).with_context(context)?;
        println!("removed: {}", path.display());
    }
    Ok(())
}

async fn write_database(app: &App, writer: &mut Writer, keys: Option<GuardedKeys>) -> Result<()> {
    let tx = app.db.snapshot().await?;
    let migrations = dump::migrations(&tx).await?;
    writer.write(&Line::Head(Head::new(app.now(), migrations, backup::key_ids(&tx).await?, keys)))?;
    for table in dump::tables(&tx).await? {
        writer.write(&Line::Table(table.clone()))?;
        let mut pages = dump::Pages::of(&table);
        while let Some(rows) = pages.next(&tx).await? {
            for row in rows {
                writer.write(&Line::Row(row))?;
            }
        }
    }
    Ok(())
}

async fn write_index(config: &Config, writer: &mut Writer) -> Result<()> {
    let mut objects = Objects::open_existing(&config.objects)?.index().await?;
    while let Some(entry) = objects.next().await? {
        writer.write(&Line::Object(entry))?;
    }
    if let Some(states) = serve::states(config)? {
        let mut states = states.index().await.context("tofu.state")?;
        while let Some(entry) = states.next().await.context("tofu.state")? {
            writer.write(&Line::State(entry))?;
        }
    }
    Ok(())
}

fn tell_made(file: &Path, summary: &Summary) {
    let Summary { head, tables, rows, objects, states } = summary;
    println!(
        "{}: {rows} rows of {tables} tables; the list of {objects} objects and {states} states",
        file.display()
    );
    if head.keys.is_some() {
        println!("The keys are in it, under the passphrase.");
    } else if !head.key_ids.is_empty() {
        println!("The keys are not in it. Its secrets need: {}", listed(&head.key_ids));
    }
}

fn guard(config: &Config, passphrase: &str) -> Result<GuardedKeys> {
    let (newest, older) = config.seal_keys()?;
    let keys = [&[newest], older.as_slice()].concat();
    Ok(GuardedKeys::guard(&crate::adapters::SystemRandom, passphrase, &keys)?)
}

/// # Errors
/// Names the file that cannot be read or has none in it.
fn passphrase(file: Option<&Path>) -> Result<Option<String>> {
    let Some(file) = file else { return Ok(None) };
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = text.trim();
    if text.chars().count() < MIN_PASSPHRASE {
        bail!("{}: a passphrase needs at least {MIN_PASSPHRASE} characters", file.display());
    }
    Ok(Some(text.to_owned()))
}

/// # Errors
/// When the file does not fit; then nothing was changed.
pub(crate) async fn restore(config: &Config, args: &RestoreArgs) -> Result<()> {
    let summary = archive::verify(&args.file)?;
    let archived = archived_keys(&summary.head, args)?;
    check_keys(config, &summary.head, archived.as_ref())?;
    if args.check {
        println!(
            "{} is whole: made by jhaas {} at {}, {} rows of {} tables. Its secrets can be opened here.",
            args.file.display(),
            summary.head.program,
            summary.head.made_at,
            summary.rows,
            summary.tables
        );
        return Ok(());
    }
    // A portal that runs here would go on with what it knows of the old rows; nor can one start meanwhile.
    let _held = serve::listen(&config.portal.listen).await.context("end the portal first")?;
    let app = serve::app_outside(config).await?;
    let (settled, index) = put_back(&app, args, archived.as_ref())
        .await
        .context("nothing was restored; the database is as it was")?;
    tell_restored(&summary, settled);
    tell_missing(
        "objects",
        Objects::open_existing(&config.objects).map(Some).map_err(Into::into),
        index.objects,
    )
    .await;
    tell_missing("states", serve::states(config), index.states).await;
    println!("Next: `jhaas doctor` and `jhaas sweep`, then start the portal.");
    Ok(())
}

/// The keys that lie in the backup, opened.
fn archived_keys(head: &Head, args: &RestoreArgs) -> Result<Option<Sealer>> {
    match (passphrase(args.passphrase_file.as_deref())?, &head.keys) {
        (Some(passphrase), Some(keys)) => {
            keys.open(&passphrase).map(Some).context("the passphrase does not open the keys of the backup")
        }
        (Some(_), None) => bail!("there is a passphrase, but no keys are in the backup"),
        (None, _) => Ok(None),
    }
}

/// Every key that the backup's secrets need must be at hand.
fn check_keys(config: &Config, head: &Head, archived: Option<&Sealer>) -> Result<()> {
    let (newest, older) = config.seal_keys()?;
    let ours = Sealer::new(newest, &older);
    let known: BTreeSet<String> =
        ours.ids().chain(archived.into_iter().flat_map(Sealer::ids)).map(str::to_owned).collect();
    let missing: BTreeSet<String> = head.key_ids.difference(&known).cloned().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let way = if head.keys.is_some() {
        "put it into keys.older, or give the passphrase of the backup with --passphrase-file"
    } else {
        "put it into keys.older; it is not in the backup"
    };
    bail!(
        "secrets of the backup are sealed with the key {}, and here there is {}: {way}",
        listed(&missing),
        listed(&known)
    );
}

/// What was in the stores when the backup was made, by key.
#[derive(Default)]
struct Indexed {
    objects: BTreeSet<String>,
    states: BTreeSet<String>,
}

/// Everything in one transaction: what goes wrong leaves the database as it was.
async fn put_back(
    app: &App,
    args: &RestoreArgs,
    archived: Option<&Sealer>,
) -> Result<(backup::Settled, Indexed)> {
    let (head, mut reader) = Reader::open(&args.file)?;
    let tx = app.db.replace().await?;
    let mut restore = match dump::Restore::begin(&tx, &head.migrations, args.replace).await {
        Err(error @ StoreError::NotEmpty(_)) => {
            return Err(error).context("--replace throws away what is in the database");
        }
        begun => begun?,
    };
    let mut indexed = Indexed::default();
    while let Some(line) = reader.next()? {
        match line {
            Line::Table(table) => restore.table(table).await?,
            Line::Row(row) => restore.row(&row).await?,
            Line::Object(Entry { key, .. }) => {
                indexed.objects.insert(key);
            }
            Line::State(Entry { key, .. }) => {
                indexed.states.insert(key);
            }
            Line::Head(_) | Line::End(_) => bail!("a line is in the wrong place"),
        }
    }
    restore.end().await?;
    let settled = backup::settle(app, &tx, head.made_at, archived).await?;
    app.commit(tx).await?;
    Ok((settled, indexed))
}

fn tell_restored(summary: &Summary, settled: backup::Settled) {
    let Summary { head, tables, rows, .. } = summary;
    let backup::Settled { sessions, held_back, begun_anew, sealed_anew } = settled;
    println!("Restored from the backup of {}: {rows} rows of {tables} tables.", head.made_at);
    println!("Everybody must sign in again; {sessions} sessions were ended.");
    if held_back > 0 {
        println!(
            "{held_back} mails were waiting and may have been sent since: they are held back, see Mails."
        );
    }
    if begun_anew > 0 {
        println!("{begun_anew} deployments were open: they begin anew.");
    }
    if sealed_anew > 0 {
        println!("{sealed_anew} secrets are sealed with keys.seal now.");
    }
}

/// Says which objects are gone that were there when the backup was made.
async fn tell_missing(what: &str, store: Result<Option<Objects>>, indexed: BTreeSet<String>) {
    let all = indexed.len();
    match missing(store, indexed).await {
        Err(error) => println!("The {what} cannot be listed: {error:#}"),
        Ok(missing) if missing.is_empty() => {}
        Ok(missing) => {
            let named: BTreeSet<String> = missing.iter().take(NAMED).cloned().collect();
            let more = if missing.len() > NAMED { ", …" } else { "" };
            println!("{} of {all} {what} are gone: {}{more}", missing.len(), listed(&named));
        }
    }
}

async fn missing(store: Result<Option<Objects>>, mut indexed: BTreeSet<String>) -> Result<BTreeSet<String>> {
    let Some(store) = store? else { return Ok(BTreeSet::new()) };
    let mut there = store.index().await?;
    while let Some(entry) = there.next().await? {
        indexed.remove(&entry.key);
    }
    Ok(indexed)
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
