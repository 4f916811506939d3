//! References to images.

use jhaas_domain::image::ImageReference;
use proptest::prelude::*;

prop_compose! {
    fn registry()(host in "[a-z][a-z0-9]{0,8}(\\.[a-z0-9]{1,8}){1,3}|localhost", port in prop::option::of(1_u16..)) -> String {
        port.map_or(host.clone(), |port| format!("{host}:{port}"))
    }
}

proptest! {
    #[test]
    fn the_parts_of_a_reference_are_found_again(
        registry in registry(),
        repository in "[a-z0-9]{1,6}([._-][a-z0-9]{1,6}){0,2}(/[a-z0-9]{1,6}){0,3}",
        tag in prop::option::of("[A-Za-z0-9_][A-Za-z0-9._-]{0,20}"),
        digest in prop::option::of("sha256:[0-9a-f]{64}"),
    ) {
        let mut text = format!("{registry}/{repository}");
        if let Some(tag) = &tag { text = format!("{text}:{tag}"); }
        if let Some(digest) = &digest { text = format!("{text}@{digest}"); }
        let read = ImageReference::parse(&text);
        if tag.is_none() && digest.is_none() {
            prop_assert_eq!(read.unwrap_err().key, "error-image-tag-missing");
            return Ok(());
        }
        let read = read.unwrap();
        prop_assert_eq!(read.registry(), registry);
        prop_assert_eq!(read.repository(), repository);
        prop_assert_eq!(read.tag(), tag.as_deref());
        prop_assert_eq!(read.digest(), digest.as_deref());
        prop_assert_eq!(read.is_latest(), digest.is_none() && tag.as_deref() == Some("latest"));
        let (name, rest) = read.name_and_tag();
        let together = format!("{name}:{rest}");
        // A digest says it all: charts have no place for a tag beside it.
        prop_assert_eq!(together, match (&tag, &digest) {
            (Some(tag), Some(_)) => text.replace(&format!(":{tag}@"), "@"),
            _ => text.clone(),
        });
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn nothing_that_is_read_needs_quoting(text in "\\PC{0,60}") {
        if let Ok(read) = ImageReference::parse(&text) {
            prop_assert_eq!(read.to_string(), text.clone());
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b".:/@_-".contains(&b)));
        }
    }
}

#[test]
fn each_fault_is_named() {
    for (text, key) in [
        ("jupyter/scipy-notebook:2026", "error-image-registry"),
        ("quay.io", "error-image-registry"),
        ("quay.io/jupyter/Scipy:1", "error-image-form"),
        ("quay.io/jupyter/../etc:1", "error-image-form"),
        ("quay.io/jupyter/scipy", "error-image-tag-missing"),
        ("quay.io/jupyter/scipy:", "error-image-tag"),
        ("quay.io/jupyter/scipy:a b", "error-image-tag"),
        ("quay.io/jupyter/scipy@sha256:12", "error-image-digest"),
        ("quay.io:0/jupyter/scipy:1", "error-image-registry"),
        ("registry.example:99999/a:1", "error-image-registry"),
    ] {
        assert_eq!(ImageReference::parse(text).unwrap_err().key, key, "{text}");
    }
}
