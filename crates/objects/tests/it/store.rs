//! Bytes and JSON under keys.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path, time::Instant};

use futures::future::join_all;
use jhaas_domain::deployment::ErrorClass;
use jhaas_objects::{FolderConfig, MAX_OBJECT_BYTES, Objects, ObjectsConfig, ObjectsError, S3Config};
use serde_json::{Value, json};

use crate::place::{SmallDisk, everywhere, folder, s3_config, within};

#[tokio::test]
async fn what_is_written_is_read_back() {
    everywhere(|objects| async move {
        assert_eq!(objects.get_bytes("a/b.bin").await, Ok(None));
        objects.put_bytes("a/b.bin", &b"one"[..]).await.unwrap();
        objects.put_bytes("a/b.bin", &b"two"[..]).await.unwrap();
        assert_eq!(objects.get_bytes("a/b.bin").await.unwrap().unwrap(), &b"two"[..]);
        objects.put_bytes("empty", &b""[..]).await.unwrap();
        assert_eq!(objects.get_bytes("empty").await.unwrap().unwrap(), &b""[..]);

        objects.put_json("a/c.json", &json!({ "course": "Größe", "seats": 3 })).await.unwrap();
        let read: Value = objects.get_json("a/c.json").await.unwrap().unwrap();
        assert_eq!(read, json!({ "course": "Größe", "seats": 3 }));
        assert_eq!(objects.get_json::<Value>("a/none.json").await, Ok(None));

        objects.delete("a/b.bin").await.unwrap();
        objects.delete("a/b.bin").await.unwrap();
        assert_eq!(objects.get_bytes("a/b.bin").await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn the_index_has_every_object_with_its_size() {
    everywhere(|objects| async move {
        for (key, size) in [("a/one", 1), ("a/b/two", 2), ("three", 3)] {
            objects.put_bytes(key, vec![b'x'; size]).await.unwrap();
        }
        let (mut index, mut found) = (objects.index().await.unwrap(), Vec::new());
        while let Some(entry) = index.next().await.unwrap() {
            assert!(entry.etag.is_some(), "{entry:?}");
            found.push((entry.key, entry.size));
        }
        found.sort();
        let expected = [("a/b/two", 2), ("a/one", 1), ("three", 3)];
        assert_eq!(found, expected.map(|(key, size)| (key.to_owned(), size)));
    })
    .await;
}

#[tokio::test]
async fn a_damaged_object_is_named() {
    everywhere(|objects| async move {
        objects.put_bytes("a/half.json", &b"{\"schema\":"[..]).await.unwrap();
        let error = objects.get_json::<Value>("a/half.json").await.unwrap_err();
        assert!(matches!(&error, ObjectsError::Corrupt { key, .. } if key == "a/half.json"), "{error}");
        assert_eq!(error.class(), ErrorClass::Permanent);
    })
    .await;
}

#[tokio::test]
async fn an_object_without_measure_is_neither_written_nor_read() {
    everywhere(|objects| async move {
        let limit = usize::try_from(MAX_OBJECT_BYTES).unwrap();
        let error = objects.put_bytes("big", vec![b' '; limit + 1]).await.unwrap_err();
        assert!(matches!(error, ObjectsError::TooLarge { .. }), "{error}");
        let error = objects.put_json("big.json", &" ".repeat(1024 * 1024)).await.unwrap_err();
        assert!(matches!(error, ObjectsError::TooLarge { .. }), "{error}");

        objects.put_bytes("big.json", vec![b' '; 1024 * 1024 + 1]).await.unwrap();
        let error = objects.get_json::<Value>("big.json").await.unwrap_err();
        assert!(matches!(error, ObjectsError::TooLarge { limit: 1_048_576, .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_create_the_same_object_one_wins() {
    everywhere(|objects| async move {
        let tries = (0..8).map(|number| {
            let objects = objects.clone();
            async move {
                objects.create_if_absent("lock", format!("owner {number}")).await.map(|won| (won, number))
            }
        });
        let won: Vec<u32> = join_all(tries)
            .await
            .into_iter()
            .map(Result::unwrap)
            .filter_map(|(won, n)| won.then_some(n))
            .collect();
        assert_eq!(won.len(), 1, "{won:?}");
        let owner = objects.get_bytes("lock").await.unwrap().unwrap();
        assert_eq!(owner, format!("owner {}", won[0]));
        assert_eq!(objects.create_if_absent("lock", "late").await, Ok(false));
        assert_eq!(objects.list("").await.unwrap(), ["lock"]);
    })
    .await;
}

#[tokio::test]
async fn removing_a_prefix_leaves_its_neighbours() {
    everywhere(|objects| async move {
        for key in
            ["d/1/request.json", "d/1/log/000000.jsonl", "d/1/log/000001.jsonl", "d/10/request.json", "d/2"]
        {
            objects.put_bytes(key, &b"x"[..]).await.unwrap();
        }
        assert_eq!(
            objects.list("d/1").await.unwrap(),
            ["d/1/log/000000.jsonl", "d/1/log/000001.jsonl", "d/1/request.json"]
        );
        objects.delete_prefix("d/1").await.unwrap();
        objects.delete_prefix("d/1").await.unwrap();
        assert_eq!(objects.list("").await.unwrap(), ["d/10/request.json", "d/2"]);
        assert_eq!(objects.list("nothing").await.unwrap(), [""; 0]);
        let error = objects.delete_prefix("").await.unwrap_err();
        assert!(matches!(error, ObjectsError::Config { .. }), "{error}");
        assert_eq!(objects.list("d").await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn more_objects_than_a_page_of_s3_are_listed_and_removed() {
    everywhere(|objects| async move {
        let puts = (0..1005).map(|number| {
            let objects = objects.clone();
            async move { objects.put_bytes(&format!("many/{number:04}"), &b"x"[..]).await }
        });
        futures::stream::StreamExt::for_each(
            futures::stream::StreamExt::buffer_unordered(futures::stream::iter(puts), 32),
            |result| async { result.unwrap() },
        )
        .await;
        let keys = objects.list("many").await.unwrap();
        assert_eq!((keys.len(), keys[0].as_str(), keys[1004].as_str()), (1005, "many/0000", "many/1004"));
        objects.delete_prefix("many").await.unwrap();
        assert_eq!(objects.list("many").await.unwrap(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn no_key_leads_out_of_the_store() {
    everywhere(|objects| async move {
        for key in
            ["", "/", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "a b", "a%2e", "a\0b", "a#1", "."]
        {
            let error = objects.put_bytes(key, &b"x"[..]).await.unwrap_err();
            assert!(matches!(error, ObjectsError::Config { .. }), "{key:?}: {error}");
            let error = objects.get_bytes(key).await.unwrap_err();
            assert!(matches!(error, ObjectsError::Config { .. }), "{key:?}: {error}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_check_of_doctor_passes_and_leaves_nothing() {
    everywhere(|objects| async move {
        objects.check().await.unwrap();
        assert_eq!(objects.list("").await.unwrap(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn others_cannot_read_the_folder() {
    let place = folder();
    place.objects.put_bytes("a/b/c", &b"x"[..]).await.unwrap();
    assert!(place.objects.create_if_absent("a/b/d", "x").await.unwrap());
    let ObjectsConfig::Folder(FolderConfig { path }) = &place.config else { panic!("not a folder") };
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(path), mode(&path.join("a")), mode(&path.join("a/b"))), (0o700, 0o700, 0o700));
    assert_eq!((mode(&path.join("a/b/c")), mode(&path.join("a/b/d"))), (0o600, 0o600));
    let names: Vec<_> =
        fs::read_dir(path.join("a/b")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "temporary files stay: {names:?}");
}

#[tokio::test]
async fn a_folder_that_is_gone_is_an_error_and_not_an_empty_store() {
    let place = folder();
    place.objects.put_bytes("a/b", &b"x"[..]).await.unwrap();
    let ObjectsConfig::Folder(FolderConfig { path }) = &place.config else { panic!("not a folder") };
    fs::remove_dir_all(path).unwrap();
    let objects = &place.objects;
    let errors = [
        objects.get_bytes("a/b").await.unwrap_err(),
        objects.put_bytes("a/b", &b"x"[..]).await.unwrap_err(),
        objects.list("a").await.unwrap_err(),
        objects.list("").await.unwrap_err(),
        objects.delete("a/b").await.unwrap_err(),
        objects.delete_prefix("a").await.unwrap_err(),
        objects.check().await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, ObjectsError::Unreachable { .. }), "{error}");
        assert!(error.to_string().contains("does not exist"), "{error}");
        assert_eq!(error.class(), ErrorClass::Transient);
    }
    assert!(!path.exists());
}

#[tokio::test]
async fn a_full_disk_says_so_and_keeps_what_was_there() {
    let Some(disk) = SmallDisk::mount() else { return };
    let config = ObjectsConfig::Folder(FolderConfig { path: disk.path().join("objects") });
    let objects = Objects::open(&config).unwrap();
    objects.put_bytes("status", &b"before"[..]).await.unwrap();
    let error = objects.put_bytes("status", vec![b'x'; 512 * 1024]).await.unwrap_err();
    assert!(matches!(error, ObjectsError::Full { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Transient);
    assert_eq!(objects.get_bytes("status").await.unwrap().unwrap(), &b"before"[..]);
    objects.put_bytes("status", &b"after"[..]).await.unwrap();
}

#[tokio::test]
async fn wrong_keys_and_a_missing_bucket_are_told_apart() {
    let Some(config) = s3_config() else { return };
    let wrong = S3Config { secret_access_key: "wrong".to_owned(), ..config.clone() };
    let objects = Objects::open(&ObjectsConfig::S3(wrong)).unwrap();
    let error = within(60, objects.check()).await.unwrap_err();
    assert!(matches!(error, ObjectsError::Denied { .. }), "{error}");

    let missing = S3Config { bucket: "no-such-bucket".to_owned(), ..config };
    let objects = Objects::open(&ObjectsConfig::S3(missing)).unwrap();
    for error in [
        within(60, objects.get_bytes("a")).await.unwrap_err(),
        within(60, objects.put_bytes("a", &b"x"[..])).await.unwrap_err(),
        within(60, objects.list("")).await.unwrap_err(),
    ] {
        assert!(matches!(error, ObjectsError::Unreachable { .. }), "{error}");
        assert!(error.to_string().contains("no-such-bucket"), "{error}");
    }
}

fn s3_at(endpoint: &str) -> Objects {
    Objects::open(&ObjectsConfig::S3(S3Config {
        endpoint: endpoint.to_owned(),
        region: "us-east-1".to_owned(),
        bucket: "bucket".to_owned(),
        access_key_id: "id".to_owned(),
        secret_access_key: "secret-canary".to_owned(),
        path_style: true,
        ca_file: None,
        prefix: String::new(),
    }))
    .unwrap()
}

#[tokio::test]
async fn a_service_that_is_down_is_given_up_soon() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let began = Instant::now();
    let error = s3_at(&format!("http://{address}")).get_bytes("a").await.unwrap_err();
    assert!(matches!(error, ObjectsError::Unreachable { .. }), "{error}");
    assert!(!error.to_string().contains("secret-canary"), "{error}");
    assert!(began.elapsed().as_secs() < 25, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_service_that_never_answers_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let objects = s3_at(&format!("http://{}", silent.local_addr().unwrap()));
    let error = within(45, objects.put_bytes("a", &b"x"[..])).await.unwrap_err();
    assert!(matches!(error, ObjectsError::Unreachable { .. }), "{error}");
}

#[test]
fn settings_hide_the_secret_and_refuse_what_they_do_not_know() {
    let text = r#"{"kind": "s3", "endpoint": "https://s3.example.org", "bucket": "b", "access_key_id": "id",
        "secret_access_key": "secret-canary"}"#;
    let config: ObjectsConfig = serde_json::from_str(text).unwrap();
    assert!(!format!("{config:?}").contains("secret-canary"));
    let ObjectsConfig::S3(s3) = &config else { panic!("{config:?}") };
    assert_eq!((s3.region.as_str(), s3.path_style, s3.prefix.as_str()), ("us-east-1", true, ""));

    let error =
        serde_json::from_str::<ObjectsConfig>(r#"{"kind": "folder", "path": "/x", "mode": 1}"#).unwrap_err();
    assert!(error.to_string().contains("mode"), "{error}");
    let unusable = ["ftp://s3.example.org", "s3.example.org"];
    for endpoint in unusable {
        let config = ObjectsConfig::S3(S3Config { endpoint: endpoint.to_owned(), ..s3.clone() });
        assert!(matches!(Objects::open(&config), Err(ObjectsError::Config { .. })), "{endpoint}");
    }
    let config = ObjectsConfig::S3(S3Config { ca_file: Some("/nonexistent/ca.pem".into()), ..s3.clone() });
    let error = Objects::open(&config).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/ca.pem"), "{error}");
}
