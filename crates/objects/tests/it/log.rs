//! The log of an attempt, written by one process and watched by another.

use std::{
    fs,
    time::{Duration, Instant},
};

use jhaas_domain::{
    contract::{Level, LogLine, log_key},
    deployment::Phase,
    time::Timestamp,
};
use jhaas_objects::{FolderConfig, LogReader, LogWriter, Objects, ObjectsConfig, ObjectsError};

use crate::place::{deployment, everywhere, folder, until, within};

fn line(text: &str) -> LogLine {
    LogLine {
        time: Timestamp::from_millis(1),
        level: Level::Info,
        phase: Phase::Applying,
        text: text.to_owned(),
    }
}

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

/// Reads until `count` lines have come.
async fn read(reader: &mut LogReader, count: usize) -> Vec<LogLine> {
    let mut lines = Vec::new();
    while lines.len() < count {
        lines.extend(reader.next_lines().await.unwrap());
    }
    lines
}

#[tokio::test]
async fn a_line_is_visible_within_two_seconds() {
    everywhere(|objects| async move {
        let id = deployment();
        let writer = LogWriter::start(objects.clone(), id, 1);
        let mut reader = LogReader::new(objects, id, 1);
        // Whoever has watched for a while looks less often: that is the slowest case.
        for _ in 0..5 {
            assert_eq!(reader.next_lines().await.unwrap(), []);
        }
        let mut watching = Box::pin(async move { (read(&mut reader, 1).await, reader) });
        let early = tokio::time::timeout(Duration::from_millis(50), &mut watching).await;
        assert!(early.is_err());
        let began = Instant::now();
        writer.line(line("applying"));
        let (lines, mut reader) = watching.await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert_eq!(lines, [line("applying")]);
        writer.line(line("more"));
        assert_eq!(texts(&read(&mut reader, 1).await), ["more"]);
        writer.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn closing_writes_every_line_in_order() {
    everywhere(|objects| async move {
        let id = deployment();
        let writer = LogWriter::start(objects.clone(), id, 1);
        for number in 0..5000 {
            writer.line(line(&format!("line {number}")));
        }
        writer.close().await.unwrap();
        writer.close().await.unwrap();
        let lines = LogReader::new(objects.clone(), id, 1).all().await.unwrap();
        assert_eq!(lines.len(), 5000);
        assert!(lines.iter().enumerate().all(|(number, line)| line.text == format!("line {number}")));
        assert_eq!(LogReader::new(objects, id, 2).all().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_log_that_nobody_closed_is_written_all_the_same() {
    everywhere(|objects| async move {
        let id = deployment();
        let writer = LogWriter::start(objects.clone(), id, 1);
        writer.clone().line(line("last words"));
        drop(writer);
        assert_eq!(texts(&read(&mut LogReader::new(objects, id, 1), 1).await), ["last words"]);
    })
    .await;
}

#[tokio::test]
async fn a_worker_started_again_keeps_what_the_first_wrote() {
    everywhere(|objects| async move {
        let id = deployment();
        for text in ["first", "second"] {
            let writer = LogWriter::start(objects.clone(), id, 1);
            writer.line(line(text));
            writer.close().await.unwrap();
        }
        let mut reader = LogReader::new(objects.clone(), id, 1);
        assert_eq!(texts(&reader.all().await.unwrap()), ["first", "second"]);
        assert_eq!(reader.all().await.unwrap(), []);
        assert_eq!(reader.position(), 2);
        assert_eq!(texts(&LogReader::from_chunk(objects, id, 1, 1).all().await.unwrap()), ["second"]);
    })
    .await;
}

#[tokio::test]
async fn damaged_lines_and_chunks_do_not_stop_the_rest() {
    everywhere(|objects| async move {
        let id = deployment();
        let good = serde_json::to_string(&line("good")).unwrap();
        objects.put_bytes(&log_key(id, 1, 0), format!("{good}\n{{\"time\":\n\n{good}")).await.unwrap();
        objects.put_bytes(&log_key(id, 1, 1), vec![b'x'; 2 * 1024 * 1024]).await.unwrap();
        objects.put_bytes(&log_key(id, 1, 2), vec![0xff, 0xfe, b'\n']).await.unwrap();
        objects.put_bytes(&log_key(id, 1, 3), good).await.unwrap();
        assert_eq!(texts(&LogReader::new(objects, id, 1).all().await.unwrap()), ["good", "good", "good"]);
    })
    .await;
}

#[tokio::test]
async fn a_log_that_runs_away_ends_and_still_shows_the_error() {
    let place = folder();
    let id = deployment();
    let writer = LogWriter::start(place.objects.clone(), id, 1);
    let noise = "ü".repeat(20 * 1024);
    within(120, async {
        for number in 0..2400 {
            writer.line(line(&noise));
            if number % 100 == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        writer.line(LogLine { level: Level::Error, ..line("why it failed") });
        writer.close().await.unwrap();
    })
    .await;
    let lines = LogReader::new(place.objects.clone(), id, 1).all().await.unwrap();
    assert!(lines.iter().all(|line| line.text.len() <= 16 * 1024 + 3));
    let size: usize = lines.iter().map(|line| line.text.len()).sum();
    assert!(size < 34 * 1024 * 1024, "{size}");
    assert_eq!(texts(&lines[lines.len() - 1..]), ["why it failed"]);
    assert_eq!(texts(&lines).iter().filter(|text| text.starts_with("the log is full")).count(), 1);
}

#[tokio::test]
async fn lines_wait_for_a_store_that_comes_back_and_the_trouble_is_told() {
    let place = folder();
    let ObjectsConfig::Folder(FolderConfig { path }) = &place.config else { panic!("not a folder") };
    let id = deployment();
    let away = path.with_extension("away");
    let writer = LogWriter::start(place.objects.clone(), id, 1);
    writer.line(line("before"));
    let mut reader = LogReader::new(place.objects.clone(), id, 1);
    within(10, read(&mut reader, 1)).await;

    fs::rename(path, &away).unwrap();
    writer.line(line("meanwhile"));
    let trouble = until(10, || writer.trouble()).await;
    assert!(matches!(trouble, ObjectsError::Unreachable { .. }), "{trouble}");
    assert!(reader.next_lines().await.is_err());
    writer.line(line("still"));

    fs::rename(&away, path).unwrap();
    assert_eq!(texts(&within(30, read(&mut reader, 2)).await), ["meanwhile", "still"]);
    until(10, || writer.trouble().is_none().then_some(())).await;
    within(10, writer.close()).await.unwrap();
}

#[tokio::test]
async fn closing_says_when_the_rest_could_not_be_written() {
    let place = folder();
    let ObjectsConfig::Folder(FolderConfig { path }) = &place.config else { panic!("not a folder") };
    let writer = LogWriter::start(place.objects.clone(), deployment(), 1);
    fs::remove_dir_all(path).unwrap();
    writer.line(line("lost"));
    let error = within(45, writer.close()).await.unwrap_err();
    assert!(matches!(error, ObjectsError::Unreachable { .. }), "{error}");
    writer.line(line("later"));
    let again = Objects::open(&place.config).unwrap();
    assert_eq!(again.list("").await.unwrap(), [""; 0]);
}
