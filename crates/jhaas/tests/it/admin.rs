//! The first administrator, made on the command line where nobody may register.

use jhaas_domain::{account::Role, id::AccountId};
use jhaas_store::Database;

use crate::place::Place;

const ADA: [&str; 3] = ["admin", "create", "Ada@University.Example"];

async fn migrated() -> Place {
    let place = Place::new().set("portal.registration", false);
    assert_eq!(place.run(&["migrate"]).await.code, 0);
    place
}

#[tokio::test]
async fn the_first_administrator_chooses_a_password_by_a_link_and_signs_in() {
    let place = migrated().await;
    let made = place.run(&[&ADA[..], &["--name", "Ada Admin", "--role", "administrator"]].concat()).await;
    assert_eq!(made.code, 0, "{}", made.err);
    let link = made.out.trim();
    let (address, token) = link.split_once("?token=").unwrap();

    let _portal = place.serve().await;
    let http = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
    assert_eq!(http.get(link).send().await.unwrap().status(), 200);
    let password = "fourteen green bicycles";
    let chosen = http.post(address).form(&[("token", token), ("password", password)]).send().await.unwrap();
    assert!(!chosen.status().is_client_error(), "{}", chosen.status());
    assert_eq!(http.get(link).send().await.unwrap().status(), 410, "it works once");
    let typed = [("email", "ada@university.example"), ("password", password)];
    let portal = address.trim_end_matches("/reset");
    let signed_in = http.post(format!("{portal}/sign-in")).form(&typed).send().await.unwrap();
    let cookies: Vec<_> = signed_in.headers().get_all("set-cookie").iter().collect();
    assert!(!signed_in.status().is_client_error() && !cookies.is_empty(), "{}", signed_in.status());
}

#[tokio::test]
async fn an_address_that_has_an_account_gets_a_role_and_no_second_account() {
    let place = migrated().await;
    let create = [&ADA[..], &["--name", "Ada"]].concat();
    assert_eq!(place.run(&create).await.code, 0);
    let again = place.run(&create).await;
    assert_eq!(again.code, 1);
    assert!(again.err.contains("belongs to another account"), "{}", again.err);
    let granted = place.run(&["admin", "grant", "ada@university.example", "governance"]).await;
    assert_eq!(granted.code, 0, "{}", granted.err);

    let url = format!("sqlite://{}", place.path("jhaas.sqlite").display());
    let db = Database::connect(&url, 1).await.unwrap();
    let account = jhaas_store::account::by_email(db.pool(), "ada@university.example").await.unwrap().unwrap();
    let roles = jhaas_store::account::roles(db.pool(), AccountId(account.id)).await.unwrap();
    assert_eq!(roles, [Role::Governance]);
}

#[tokio::test]
async fn what_cannot_be_an_account_is_refused_in_words() {
    let place = migrated().await;
    let refused = place.run(&["admin", "create", "nobody", "--name", ""]).await;
    assert_eq!(refused.code, 1);
    for words in ["name@university.example", "name"] {
        assert!(refused.err.contains(words), "{words:?} is not in: {}", refused.err);
    }
}

#[tokio::test]
async fn a_key_that_leaked_is_withdrawn_and_the_running_portal_signs_with_another() {
    let place = migrated().await;
    let _portal = place.serve().await;
    let before = keys(&place).await;
    let leaked = before.first().unwrap().clone();

    let withdrawn = place.run(&["admin", "withdraw-key", &leaked]).await;
    assert_eq!(withdrawn.code, 0, "{}", withdrawn.err);
    assert!(withdrawn.out.contains(&leaked), "{}", withdrawn.out);
    let after = keys(&place).await;
    assert!(!after.is_empty() && !after.contains(&leaked), "{leaked} is published still: {after:?}");

    for unknown in [leaked.as_str(), "no-such-key"] {
        let refused = place.run(&["admin", "withdraw-key", unknown]).await;
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains(&format!("there is no key {unknown}")), "{}", refused.err);
    }
    // The portal may have made its next key meanwhile.
    let now = keys(&place).await;
    assert!(after.iter().all(|key| now.contains(key)), "nothing else was withdrawn: {after:?}, {now:?}");
}

/// The ids of the keys that the portal publishes.
async fn keys(place: &Place) -> Vec<String> {
    let http = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
    let address = format!("http://127.0.0.1:{}/oidc/jwks", place.port());
    let set: serde_json::Value = http.get(address).send().await.unwrap().json().await.unwrap();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}
