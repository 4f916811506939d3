//! Keycloak with the realm file of `deploy/identity/keycloak`, imported anew for each test.

use std::{sync::Arc, time::Duration};

use jhaas_app::identity::{Handshake, IdentityError, Proof, Providers as _, Wish};
use jhaas_domain::{account::Role, clock::Clock as _};
use jhaas_hubapi::http::{ClientOptions, client};
use jhaas_identity::Clients;
use jhaas_testkit::TestClock;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    browser::{Browser, Page},
    services::{clients, now, settings, variable},
};

const REALM: &str = include_str!("../../../../deploy/identity/keycloak/realm.json");
const PORTAL: &str = "http://127.0.0.1:8000";
const SECRET: &str = "a secret of the test";
const PASSWORD: &str = "a password of the test";
const WISH: Wish<'_> = Wish { lang: "de", again: false };

/// One at a time: Keycloak makes and removes realms slowly, and not beside each other.
static TURN: Mutex<()> = Mutex::const_new(());
/// What making a realm may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A realm of its own, removed at the end.
struct Realm {
    _turn: MutexGuard<'static, ()>,
    http: Client,
    keycloak: String,
    name: String,
    issuer: String,
    clock: Arc<TestClock>,
    clients: Clients,
}

impl Realm {
    async fn import() -> Option<Self> {
        let keycloak = variable("JHAAS_TEST_KEYCLOAK_URL")?;
        let turn = TURN.lock().await;
        let clock = now();
        let name = format!("jhaas-{}", clock.now().as_millis());
        let text = REALM.replace("${JHAAS_PORTAL_URL}", PORTAL).replace("${JHAAS_CLIENT_SECRET}", SECRET);
        let mut realm: Value = serde_json::from_str(&text).unwrap();
        realm["realm"] = json!(name);
        // Plain http, and nobody reads mails or terms here.
        realm["sslRequired"] = json!("none");
        let issuer = format!("{keycloak}/realms/{name}");
        let clients = clients(settings("university", &issuer, "jhaas-portal", SECRET), PORTAL, &clock);
        let patient = ClientOptions {
            read_timeout: PATIENCE,
            total_timeout: Some(PATIENCE),
            ..ClientOptions::default()
        };
        let http = client(&patient).unwrap();
        let this = Self { _turn: turn, http, keycloak, name, issuer, clock, clients };
        this.call(Method::POST, "", Some(realm)).await;
        Some(this)
    }

    async fn admin_token(&self) -> String {
        let variable = |name: &str| variable(name).unwrap();
        let form = [
            ("grant_type", "password".to_owned()),
            ("client_id", "admin-cli".to_owned()),
            ("username", variable("JHAAS_TEST_KEYCLOAK_ADMIN")),
            ("password", variable("JHAAS_TEST_KEYCLOAK_ADMIN_PASSWORD")),
        ];
        let address = format!("{}/realms/master/protocol/openid-connect/token", self.keycloak);
        let answer: Value = self.http.post(address).form(&form).send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// A call of Keycloak's admin API: <https://www.keycloak.org/docs-api/latest/rest-api/>.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let address = format!("{}/admin/realms{path}", self.keycloak);
        let mut request = self.http.request(method, address).bearer_auth(self.admin_token().await);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    fn at(&self, path: &str) -> String {
        format!("/{}{path}", self.name)
    }

    /// Somebody who has accepted the terms.
    async fn person(&self, name: &str, verified: bool, groups: &[&str]) -> String {
        let user = json!({
            "username": format!("{name}@university.example"),
            "email": format!("{name}@university.example"),
            "emailVerified": verified,
            "enabled": true,
            "firstName": "Zoë",
            "lastName": "Müller-Łuczak",
            "groups": groups.iter().map(|group| format!("/{group}")).collect::<Vec<_>>(),
            "requiredActions": [],
            "credentials": [{ "type": "password", "value": PASSWORD, "temporary": false }],
        });
        self.call(Method::POST, &self.at("/users"), Some(user)).await;
        let found =
            self.call(Method::GET, &self.at(&format!("/users?email={name}@university.example")), None).await;
        let id = found[0]["id"].as_str().unwrap().to_owned();
        // Default actions are laid on everybody who is made.
        self.change(&id, json!({ "requiredActions": [] })).await;
        id
    }

    /// Keycloak takes what is not said for empty.
    async fn change(&self, id: &str, change: Value) {
        let path = self.at(&format!("/users/{id}"));
        let mut user = self.call(Method::GET, &path, None).await;
        user.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        self.call(Method::PUT, &path, Some(user)).await;
    }

    /// The way through Keycloak's own pages.
    async fn walk(&self, browser: &mut Browser, name: &str) -> (Page, Handshake) {
        let (address, handshake) = self.clients.begin("university", WISH).await.unwrap();
        let page = browser.get(&address, PORTAL).await;
        let email = format!("{name}@university.example");
        let fields = [("username", email.as_str()), ("password", PASSWORD), ("credentialId", "")];
        (browser.submit(&page, &fields, PORTAL).await, handshake)
    }

    async fn finish(&self, back: &Page, handshake: &Handshake) -> Result<Proof, IdentityError> {
        let code = back.parameter("code").unwrap_or_else(|| panic!("{} {}", back.address, back.text));
        self.clients.finish("university", handshake, &code, back.parameter("iss").as_deref(), "de").await
    }

    async fn sign_in(&self, name: &str) -> Proof {
        let (back, handshake) = self.walk(&mut Browser::new(), name).await;
        assert_eq!(back.address.path(), "/sign-in/callback/university", "{}", back.text);
        self.finish(&back, &handshake).await.unwrap()
    }

    async fn refresh(&self, proof: &Proof) -> Result<Vec<Role>, IdentityError> {
        let token = proof.tokens.refresh.as_deref().unwrap();
        self.clients.refresh(&self.issuer, &proof.vouched.subject, token).await.and_then(|fresh| fresh.roles)
    }

    async fn remove(self) {
        self.call(Method::DELETE, &self.at(""), None).await;
    }
}

#[tokio::test]
async fn groups_become_roles_and_a_lost_one_is_noticed_at_the_next_question() {
    let Some(realm) = Realm::import().await else { return };
    let id = realm.person("teacher", true, &["jhaas-leaders"]).await;
    let proof = realm.sign_in("teacher").await;
    assert_eq!(proof.vouched.roles, [Role::Leader]);
    assert_eq!(proof.vouched.name, "Zoë Müller-Łuczak");
    assert_eq!(proof.vouched.email, "teacher@university.example");
    assert!(proof.vouched.email_verified);
    assert_eq!(proof.vouched.subject, id);
    assert_eq!(realm.refresh(&proof).await.unwrap(), [Role::Leader]);

    let groups = realm.call(Method::GET, &realm.at(&format!("/users/{id}/groups")), None).await;
    let group = groups[0]["id"].as_str().unwrap();
    realm.call(Method::DELETE, &realm.at(&format!("/users/{id}/groups/{group}")), None).await;
    assert_eq!(realm.refresh(&proof).await.unwrap(), []);
    realm.call(Method::PUT, &realm.at(&format!("/users/{id}/groups/{group}")), None).await;
    assert_eq!(realm.refresh(&proof).await.unwrap(), [Role::Leader]);
    realm.remove().await;
}

#[tokio::test]
async fn a_disabled_account_is_refused_at_the_next_question_and_cannot_come_back() {
    let Some(realm) = Realm::import().await else { return };
    let id = realm.person("teacher", true, &[]).await;
    let proof = realm.sign_in("teacher").await;
    realm.change(&id, json!({ "enabled": false })).await;
    let refused = realm.refresh(&proof).await;
    assert!(matches!(refused, Err(IdentityError::Refused(_))), "{refused:?}");
    let (page, _) = realm.walk(&mut Browser::new(), "teacher").await;
    assert!(page.parameter("code").is_none(), "{}", page.address);
    realm.remove().await;
}

#[tokio::test]
async fn who_has_not_confirmed_the_address_does_not_get_past_the_realm() {
    let Some(realm) = Realm::import().await else { return };
    let id = realm.person("una", false, &[]).await;
    realm.change(&id, json!({ "requiredActions": ["VERIFY_EMAIL"] })).await;
    let (page, _) = realm.walk(&mut Browser::new(), "una").await;
    assert!(page.parameter("code").is_none(), "{}", page.address);
    // Where a realm lets people in all the same, the address does not count.
    let lax = json!({ "realm": realm.name, "verifyEmail": false });
    realm.call(Method::PUT, &realm.at(""), Some(lax)).await;
    realm.change(&id, json!({ "requiredActions": [] })).await;
    assert!(!realm.sign_in("una").await.vouched.email_verified);
    realm.remove().await;
}

#[tokio::test]
async fn new_people_accept_the_terms_first() {
    let Some(realm) = Realm::import().await else { return };
    let id = realm.person("nora", true, &[]).await;
    realm.change(&id, json!({ "requiredActions": ["TERMS_AND_CONDITIONS"] })).await;
    let mut browser = Browser::new();
    let (terms, handshake) = realm.walk(&mut browser, "nora").await;
    assert!(terms.parameter("code").is_none(), "{}", terms.address);
    let back = browser.submit(&terms, &[("accept", "yes")], PORTAL).await;
    realm.finish(&back, &handshake).await.unwrap();
    let path = realm.at("/authentication/required-actions/TERMS_AND_CONDITIONS");
    let action = realm.call(Method::GET, &path, None).await;
    assert_eq!(action["defaultAction"], true, "it is laid on whoever signs up");
    realm.remove().await;
}

#[tokio::test]
async fn who_decides_sets_up_a_second_factor_before_getting_in() {
    let Some(realm) = Realm::import().await else { return };
    realm.person("dean", true, &["jhaas-governance"]).await;
    let (page, _) = realm.walk(&mut Browser::new(), "dean").await;
    assert!(page.parameter("code").is_none() && page.text.contains("name=\"totp\""), "{}", page.address);
    realm.person("teacher", true, &["jhaas-leaders"]).await;
    assert_eq!(realm.sign_in("teacher").await.vouched.roles, [Role::Leader]);
    realm.remove().await;
}

#[tokio::test]
async fn somebody_new_can_sign_up_and_must_confirm_the_address() {
    let Some(realm) = Realm::import().await else { return };
    let mut browser = Browser::new();
    let (address, _) = realm.clients.begin("university", WISH).await.unwrap();
    let form = browser
        .get(&address.replace("/openid-connect/auth?", "/openid-connect/registrations?"), PORTAL)
        .await;
    let fields = [
        ("email", "nora@university.example"),
        ("firstName", "Nora"),
        ("lastName", "New"),
        ("password", PASSWORD),
        ("password-confirm", PASSWORD),
    ];
    let next = browser.submit(&form, &fields, PORTAL).await;
    assert!(next.parameter("code").is_none(), "{}", next.address);
    let users = realm.call(Method::GET, &realm.at("/users?email=nora@university.example"), None).await;
    assert_eq!(users[0]["emailVerified"], false, "{users} {}", next.text);
    realm.remove().await;
}

#[tokio::test]
async fn a_forged_answer_lets_nobody_in() {
    let Some(realm) = Realm::import().await else { return };
    realm.person("teacher", true, &[]).await;
    // Made for another sign-in.
    let (back, handshake) = realm.walk(&mut Browser::new(), "teacher").await;
    let other = Handshake { nonce: "another".to_owned(), ..handshake.clone() };
    let answer = realm.finish(&back, &other).await;
    assert!(matches!(answer, Err(IdentityError::Untrusted(_))), "{answer:?}");
    // The same code again.
    let answer = realm.finish(&back, &handshake).await;
    assert!(matches!(answer, Err(IdentityError::Refused(_))), "{answer:?}");
    // A code that somebody else has caught.
    let (back, handshake) = realm.walk(&mut Browser::new(), "teacher").await;
    let thief = Handshake { verifier: "v".repeat(43), ..handshake };
    let answer = realm.finish(&back, &thief).await;
    assert!(matches!(answer, Err(IdentityError::Refused(_))), "{answer:?}");
    // Of another provider.
    let (back, handshake) = realm.walk(&mut Browser::new(), "teacher").await;
    let code = back.parameter("code").unwrap();
    let answer =
        realm.clients.finish("university", &handshake, &code, Some("https://evil.example"), "de").await;
    assert!(matches!(answer, Err(IdentityError::Untrusted(_))), "{answer:?}");
    // A token that is over.
    let (back, handshake) = realm.walk(&mut Browser::new(), "teacher").await;
    realm.clock.advance_seconds(3600);
    let answer = realm.finish(&back, &handshake).await;
    assert!(matches!(answer, Err(IdentityError::Untrusted(_))), "{answer:?}");
    realm.remove().await;
}

#[tokio::test]
async fn redirects_are_exact_and_signing_out_leads_back() {
    let Some(realm) = Realm::import().await else { return };
    realm.person("teacher", true, &[]).await;
    let mut browser = Browser::new();
    let (back, handshake) = realm.walk(&mut browser, "teacher").await;
    let proof = realm.finish(&back, &handshake).await.unwrap();
    // Still signed in there: no form.
    let (address, _) = realm.clients.begin("university", WISH).await.unwrap();
    assert!(browser.get(&address, PORTAL).await.parameter("code").is_some());
    let out =
        realm.clients.sign_out(&realm.issuer, proof.tokens.id.as_deref(), Some("/courses")).await.unwrap();
    let left = browser.get(&out, PORTAL).await;
    assert_eq!(left.address.as_str(), format!("{PORTAL}/signed-out?state=%2Fcourses"), "{}", left.text);
    let (address, _) = realm.clients.begin("university", WISH).await.unwrap();
    assert!(browser.get(&address, PORTAL).await.parameter("code").is_none());
    let refused = realm.refresh(&proof).await;
    assert!(matches!(refused, Err(IdentityError::Refused(_))), "{refused:?}");

    let exact = format!("{PORTAL}/sign-in/callback/university");
    let quoted = |text: &str| text.replace(':', "%3A").replace('/', "%2F");
    for other in
        [format!("{exact}/x"), format!("{exact}2"), "https://evil.example/".to_owned(), format!("{PORTAL}/")]
    {
        let forged = address.replace(&quoted(&exact), &quoted(&other));
        assert_ne!(forged, address);
        let page = Browser::new().get(&forged, &other).await;
        assert!(
            page.address.as_str().starts_with(&realm.keycloak) && !page.text.contains("name=\"password\""),
            "{other}"
        );
    }
    let elsewhere = out.replace(&quoted(&format!("{PORTAL}/signed-out")), &quoted("https://evil.example/"));
    assert_ne!(elsewhere, out);
    let page = Browser::new().get(&elsewhere, "https://evil.example/").await;
    assert!(page.address.as_str().starts_with(&realm.keycloak), "{}", page.address);
    realm.remove().await;
}

#[tokio::test]
async fn the_doctors_question_tells_a_wrong_secret_from_a_right_one() {
    let Some(realm) = Realm::import().await else { return };
    let says = realm.clients.check("university").await.unwrap();
    assert!(says.contains("takes the client"), "{says}");
    let wrong = clients(settings("university", &realm.issuer, "jhaas-portal", "wrong"), PORTAL, &realm.clock);
    let answer = wrong.check("university").await;
    assert!(matches!(answer, Err(IdentityError::Misconfigured(_))), "{answer:?}");
    let nowhere = format!("{}/realms/nowhere", realm.keycloak);
    let answer =
        clients(settings("university", &nowhere, "x", "x"), PORTAL, &realm.clock).check("university").await;
    assert!(matches!(answer, Err(IdentityError::Unreachable(_))), "{answer:?}");
    realm.remove().await;
}
