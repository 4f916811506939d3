//! Addresses of courses.

use jhaas_domain::slug::{RESERVED, Slug};
use proptest::prelude::*;

/// The rule in other words.
fn fits(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    (3..=40).contains(&characters.len())
        && characters[0].is_ascii_lowercase()
        && characters[characters.len() - 1] != '-'
        && characters.iter().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
        && !text.starts_with("xn--")
}

proptest! {
    #[test]
    fn nearly_right_addresses_are_told_from_right_ones(text in "[a-cx0-2n-]{0,8}|[a-z0-9-]{0,45}|\\PC{0,10}") {
        prop_assert_eq!(Slug::parse(&text).is_ok(), fits(&text), "{}", text);
    }

    #[test]
    fn a_right_address_is_kept_as_typed_and_is_a_host_label(text in "[a-z][a-z0-9-]{1,38}[a-z0-9]") {
        prop_assume!(!text.starts_with("xn--"));
        let slug = Slug::parse(&text).unwrap();
        prop_assert_eq!(slug.as_str(), &text);
        prop_assert_eq!(serde_json::from_str::<Slug>(&serde_json::to_string(&slug).unwrap()).unwrap(), slug);
        // Names derived from it (`jhaas-<slug>`, a namespace) must stay below 63 characters.
        prop_assert!(text.len() + "jhaas-".len() <= 63);
    }
}

#[test]
fn parts_of_the_portal_are_reserved() {
    for name in ["www", "portal", "auth", "api", "mail", "admin"] {
        assert!(RESERVED.contains(&name), "{name}");
        assert!(Slug::parse(name).unwrap().is_reserved(&[]));
    }
    assert!(Slug::parse("physics").unwrap().is_reserved(&["physics".to_owned()]));
    assert!(!Slug::parse("physics").unwrap().is_reserved(&[]));
}
