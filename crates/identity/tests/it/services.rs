//! The providers that the tests talk to, named by environment variables, and what tests give a client.
#![expect(
    clippy::disallowed_methods,
    reason = "the test services are named in the environment, and live now"
)]

use std::{collections::BTreeMap, env, io::Write as _, sync::Arc};

use jhaas_domain::{
    account::Role,
    clock::{Clock, Random},
    time::Timestamp,
};
use jhaas_identity::{Clients, Mapping, ProviderSettings};
use jhaas_testkit::{TestClock, TestRandom};

/// The variable's value. Without it the test has nothing to talk to: it says so and ends, or fails where the services
/// are promised (`CI=true` and `JHAAS_TEST_REQUIRE_SERVICES=1`).
pub(crate) fn variable(name: &str) -> Option<String> {
    if let Some(value) = env::var(name).ok().filter(|value| !value.is_empty()) {
        return Some(value);
    }
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|held| held == value);
    let promised = is("CI", "true") && is("JHAAS_TEST_REQUIRE_SERVICES", "1");
    assert!(!promised, "{name} is not set, but JHAAS_TEST_REQUIRE_SERVICES=1 promises the service");
    // Not `eprintln!`, which the test harness keeps back when a test passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED, nothing was tested: {name} is not set");
    None
}

/// A clock that stands still, now: real providers say when their tokens end.
pub(crate) fn now() -> Arc<TestClock> {
    Arc::new(TestClock::at(Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())))
}

/// A client of one provider.
pub(crate) fn clients(settings: ProviderSettings, public_url: &str, clock: &Arc<TestClock>) -> Clients {
    let clock: Arc<dyn Clock> = clock.clone();
    let seed = jiff::Timestamp::now().as_nanosecond() as u64;
    let random: Arc<dyn Random> = Arc::new(TestRandom::seeded(seed));
    Clients::new(vec![settings], public_url, &clock, &random).unwrap()
}

/// With the groups of `deploy/identity`.
pub(crate) fn settings(key: &str, issuer: &str, client_id: &str, client_secret: &str) -> ProviderSettings {
    let roles = BTreeMap::from([
        (Role::Leader, vec!["jhaas-leaders".to_owned()]),
        (Role::Governance, vec!["jhaas-governance".to_owned()]),
        (Role::Administrator, vec!["jhaas-administrators".to_owned()]),
    ]);
    ProviderSettings {
        key: key.to_owned(),
        name: "University account".to_owned(),
        names: BTreeMap::new(),
        issuer: issuer.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: client_secret.to_owned(),
        scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
        mapping: Mapping { roles, ..Mapping::default() },
        ca_file: None,
    }
}
