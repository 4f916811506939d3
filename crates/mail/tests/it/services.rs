//! The mail servers that the tests talk to, named by environment variables.
#![expect(clippy::disallowed_methods, reason = "the test services are named in the environment")]

use std::{env, io::Write as _};

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
