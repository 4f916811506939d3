//! Settings: where they come from, what is refused and in which words, and what is never shown.

use crate::place::{Ended, Place, SEAL};

/// Refused, with all these words.
#[track_caller]
fn assert_refused(ended: &Ended, words: &[&str]) {
    assert_ne!(ended.code, 0, "{ended:?}");
    for word in words {
        assert!(ended.err.contains(word), "{word:?} is not in: {}", ended.err);
    }
}

#[track_caller]
fn assert_fine(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}", ended.err);
}

#[tokio::test]
async fn an_unknown_setting_in_the_file_is_refused_and_both_are_named() {
    let place = Place::new().set("portal.colour", "red");
    let file = place.config_file();
    let file = file.file_name().unwrap().to_str().unwrap();
    assert_refused(&place.run(&["config", "check"]).await, &["colour", file, "time_zone"]);
    let place = Place::new().section("portals", "");
    assert_refused(&place.run(&["config", "check"]).await, &["portals", file]);
}

#[tokio::test]
async fn an_unknown_variable_is_refused_and_named() {
    let place = Place::new().variable("JHAAS_PORTAL__COLOUR", "red");
    assert_refused(&place.run(&["config", "check"]).await, &["colour", "JHAAS_PORTAL__COLOUR"]);
}

#[tokio::test]
async fn one_underscore_instead_of_two_is_refused_and_not_ignored() {
    let place = Place::new().variable("JHAAS_INSTITUTION_NAME", "University");
    let words = ["JHAAS_INSTITUTION_NAME", "JHAAS_<SECTION>__<NAME>"];
    assert_refused(&place.run(&["config", "check"]).await, &words);
}

#[tokio::test]
async fn a_value_of_the_wrong_kind_is_refused_and_its_source_is_named() {
    let place = Place::new().variable("JHAAS_DISPATCHER__CONCURRENCY", "many");
    let ended = place.run(&["config", "check"]).await;
    assert_refused(&ended, &["dispatcher.concurrency", "JHAAS_DISPATCHER__CONCURRENCY"]);
    let place = Place::new().set("portal.time_zone", "Europe/Atlantis");
    assert_refused(&place.run(&["config", "check"]).await, &["portal.time_zone", "Europe/Atlantis"]);
}

#[tokio::test]
async fn trusted_proxies_are_addresses_and_networks() {
    let with = |proxies: &str| Place::new().variable("JHAAS_PORTAL__TRUSTED_PROXIES", proxies);
    assert_fine(&with(r#"["10.0.0.0/8", "192.0.2.1"]"#).run(&["config", "check"]).await);
    let refused = with(r#"["10.0.0.0/99"]"#).run(&["config", "check"]).await;
    assert_refused(&refused, &["trusted_proxies", "10.0.0.0/99"]);
}

#[tokio::test]
async fn a_variable_counts_more_than_the_file_and_the_file_more_than_the_defaults() {
    let place = Place::new().set("institution.name", "From the file").set("schedule.lead_minutes", 45);
    let place = place.variable("JHAAS_INSTITUTION__NAME", "From the environment");
    let ended = place.run(&["config", "show"]).await;
    assert_fine(&ended);
    let shown: toml::Table = ended.out.parse().unwrap();
    assert_eq!(shown["institution"]["name"].as_str(), Some("From the environment"));
    assert_eq!(shown["schedule"]["lead_minutes"].as_integer(), Some(45));
    assert_eq!(shown["schedule"]["grace_days"].as_integer(), Some(3));
}

#[tokio::test]
async fn a_secret_can_come_from_a_file() {
    let place = Place::new().without("keys");
    let file = place.file("seal", &format!("{SEAL}\n"));
    let place = place.variable("JHAAS_KEYS__SEAL_FILE", file);
    assert_fine(&place.run(&["config", "check"]).await);
    let gone = place.path("nowhere");
    let place = place.variable("JHAAS_MAIL__PASSWORD_FILE", &gone);
    let words = ["JHAAS_MAIL__PASSWORD_FILE", gone.to_str().unwrap()];
    assert_refused(&place.run(&["config", "check"]).await, &words);
}

#[tokio::test]
async fn earlier_keys_can_come_from_the_environment() {
    let place = Place::new().variable("JHAAS_KEYS__OLDER", format!("{SEAL},{SEAL}"));
    assert_fine(&place.run(&["config", "check"]).await);
    let place = Place::new();
    let file = place.file("older", &format!("{SEAL}\n{SEAL}\n"));
    let place = place.variable("JHAAS_KEYS__OLDER_FILE", file);
    let found = place.doctor(&[]).await;
    assert_eq!(found.part("keys"), ("ok", "keys.seal has 32 bytes; earlier keys for opening: 2", ""));
}

#[tokio::test]
async fn without_a_sealing_key_nothing_starts_and_the_way_to_one_is_said() {
    let place = Place::new().without("keys");
    assert_refused(&place.run(&["config", "check"]).await, &["keys.seal", "openssl rand -hex 32"]);
    let place = Place::new().set("keys.seal", "0123");
    assert_refused(&place.run(&["config", "check"]).await, &["keys.seal", "32 bytes"]);
}

#[tokio::test]
async fn a_password_of_digits_is_a_text() {
    let place = Place::new().variable("JHAAS_MAIL__PASSWORD", "0012345");
    assert_fine(&place.run(&["config", "check"]).await);
}

#[tokio::test]
async fn no_secret_is_shown() {
    let s3 = r#"
        kind = "s3"
        endpoint = "https://s3.university.example"
        bucket = "jhaas"
        access_key_id = "hidden-id"
        secret_access_key = "hidden-key"
    "#;
    let place = Place::new()
        .set("database.url", "postgres://jhaas:hidden-password@db.university.example/jhaas")
        .set("mail.user", "hidden-user")
        .set("mail.password", "hidden-mail")
        .set("keys.older", vec![SEAL])
        .section("objects", s3);
    let ended = place.run(&["config", "show"]).await;
    assert_fine(&ended);
    for secret in ["hidden", SEAL] {
        assert!(!ended.out.contains(secret), "{secret} is shown: {}", ended.out);
    }
    let shown: toml::Table = ended.out.parse().unwrap();
    for (section, name) in [("database", "url"), ("keys", "seal"), ("mail", "password"), ("keys", "older")] {
        assert_eq!(shown[section][name].as_str(), Some("(secret)"), "{section}.{name}");
    }
}

#[tokio::test]
async fn settings_of_s3_replace_the_folder() {
    let s3 = r#"
        kind = "s3"
        endpoint = "https://s3.university.example"
        bucket = "jhaas"
        access_key_id = "id"
        secret_access_key = "key"
    "#;
    let place = Place::new().section("objects", s3);
    assert_fine(&place.run(&["config", "check"]).await);
    let shown: toml::Table = place.run(&["config", "show"]).await.out.parse().unwrap();
    let objects = shown["objects"].as_table().unwrap();
    assert_eq!(objects["bucket"].as_str(), Some("jhaas"));
    assert!(!objects.contains_key("path"), "the default folder is still there");

    let place = Place::new()
        .without("objects")
        .variable("JHAAS_OBJECTS__KIND", "s3")
        .variable("JHAAS_OBJECTS__ENDPOINT", "https://s3.university.example")
        .variable("JHAAS_OBJECTS__BUCKET", "jhaas")
        .variable("JHAAS_OBJECTS__ACCESS_KEY_ID", "id")
        .variable("JHAAS_OBJECTS__SECRET_ACCESS_KEY", "key");
    assert_fine(&place.run(&["config", "check"]).await);
}

#[tokio::test]
async fn the_local_engine_listens_on_loopback_only() {
    for address in ["0.0.0.0:8000", "[::]:8000", "192.0.2.1:8000"] {
        let place = Place::new().set("portal.listen", vec![address]);
        let ended = place.run(&["config", "check"]).await;
        assert_refused(&ended, &["portal.listen", address, "isolates nobody"]);
        // Nor does the portal start.
        assert_refused(&place.run(&["serve"]).await, &["portal.listen", address]);
        // Unless somebody insists.
        assert_fine(&place.set("hubs.beyond_loopback", true).run(&["config", "check"]).await);
    }
}

#[tokio::test]
async fn the_printed_defaults_are_a_configuration() {
    let place = Place::new();
    let ended = place.run(&["config", "default"]).await;
    assert_fine(&ended);
    let defaults: toml::Table = ended.out.parse().unwrap();
    assert!(defaults.contains_key("portal") && defaults.contains_key("policy"));
    let file = place.file("defaults.toml", &ended.out);
    let place = place.variable("JHAAS_KEYS__SEAL", SEAL);
    let ended = place.run(&["config", "check", "--config", file.to_str().unwrap()]).await;
    assert_fine(&ended);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let place = Place::new();
    let ended = place.run(&["config", "check", "--config", "nowhere.toml"]).await;
    assert_refused(&ended, &["nowhere.toml", "does not exist"]);
}

fn in_language(code: &str, file: &std::path::Path) -> toml::Value {
    toml::Table::from_iter([(code.to_owned(), file.to_str().unwrap().into())]).into()
}

#[tokio::test]
async fn an_institution_that_cannot_be_shown_is_refused_before_the_start() {
    let place = Place::new();
    let logo = place.file("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let imprint = place.file("imprint.md", "# We");
    let place = place
        .set("institution.logo", logo.to_str().unwrap())
        .set("institution.colour_light", "#7a1f3d")
        .set("institution.colour_dark", "#f0a6bd")
        .set("institution.imprint", in_language("de", &imprint));
    assert_fine(&place.run(&["config", "check"]).await);
    let nowhere = std::path::Path::new("/nowhere.md");
    for (setting, value, words) in [
        ("institution.colour_light", "#ffd400".into(), "contrast"),
        ("institution.colour_dark", "".into(), "both or none"),
        ("institution.logo", imprint.to_str().unwrap().into(), "neither SVG nor PNG"),
        ("institution.privacy", in_language("xx", &imprint), "no language xx"),
        ("institution.imprint", in_language("en", nowhere), "/nowhere.md"),
    ] {
        let place = Place::new()
            .set("institution.colour_light", "#7a1f3d")
            .set("institution.colour_dark", "#f0a6bd")
            .set(setting, value);
        assert_refused(&place.run(&["config", "check"]).await, &["institution.", words]);
    }
    let large = Place::new();
    let file = large.file("logo.svg", &format!("<svg>{}</svg>", " ".repeat(300_000)));
    let large = large.set("institution.logo", file.to_str().unwrap());
    assert_refused(&large.run(&["config", "check"]).await, &["institution.logo", "262144"]);
}

/// What a portal with hubs on a cluster has to say at least.
pub(crate) fn on_cluster() -> Place {
    let state = r#"
        state = { endpoint = "https://s3.university.example", bucket = "states", access_key_id = "hidden-id", secret_access_key = "hidden-key" }
        environment = { TOKEN = "hidden-token" }
    "#;
    let catalogue = r#"
        [[catalogue]]
        key = "python"
        title = "Python"
        description = "Python 3"
        image = "quay.io/jupyter/scipy-notebook:2026-01-05"
    "#;
    Place::new().set("hubs.engine", "opentofu").section("tofu", state).section("policy", catalogue)
}

#[tokio::test]
async fn hubs_on_a_cluster_need_a_bucket_and_images_and_say_what_is_missing() {
    assert_fine(&on_cluster().run(&["config", "check"]).await);
    let refused = async |place: Place, words: &[&str]| {
        assert_refused(&place.run(&["config", "check"]).await, words);
    };
    refused(on_cluster().without("tofu"), &["tofu.state"]).await;
    refused(on_cluster().set("policy.allow_local_git", true), &["policy.allow_local_git", "cluster"]).await;
    refused(on_cluster().without("policy"), &["policy.catalogue", "python", "image"]).await;
    refused(on_cluster().set("cluster.tls", "given"), &["cluster.tls_certificate", "cluster.tls_key"]).await;
    let slow = on_cluster().set("cluster.timeout_seconds", 1600);
    refused(slow, &["cluster.timeout_seconds", "dispatcher.deadline_seconds", "1900"]).await;
    refused(on_cluster().set("dispatcher.launcher", "kubernetes"), &["objects.kind", "s3"]).await;
    let s3 = r#"
        kind = "s3"
        endpoint = "https://s3.university.example"
        bucket = "jhaas"
        access_key_id = "id"
        secret_access_key = "key"
    "#;
    let jobs = || on_cluster().set("dispatcher.launcher", "kubernetes").section("objects", s3);
    refused(jobs(), &["jobs.image"]).await;
    assert_fine(
        &jobs().set("jobs.image", "registry.university.example/worker:1").run(&["config", "check"]).await,
    );
    // The portal holds no key of the hubs; the dispatcher, who gives it to workers, asks for it.
    let given = jobs().set("jobs.image", "registry.university.example/worker:1").set("cluster.tls", "given");
    assert_fine(&given.run(&["config", "check"]).await);
    let found = given.doctor(&["--for", "dispatch"]).await;
    found.assert_failed("configuration", "cluster.tls_certificate");
    let found = given.doctor(&["--for", "serve"]).await;
    assert_eq!((found.part("configuration").0, found.part("hubs folder").0), ("ok", "skipped"));
    let local = Place::new().set("dispatcher.launcher", "kubernetes");
    refused(local, &["dispatcher.launcher", "opentofu"]).await;
}

/// Two clusters; what they share is in `cluster`.
fn on_two() -> Place {
    let two = r#"
        [north]
        title = "North"
        environments = ["python"]
        [south]
        management_namespace = "hubs-of-the-south"
        capacity = { cpu_millis = 64000, memory_mib = 262144, storage_mib = 2097152 }
    "#;
    on_cluster().section("clusters", two).set("cluster.ingress_class", "nginx")
}

#[tokio::test]
async fn of_several_clusters_each_has_what_differs_and_all_else_is_shared() {
    let place = on_two();
    let file = place.file("kubeconfig", "token: hidden\n");
    let place = place.variable("JHAAS_CLUSTERS__SOUTH__KUBECONFIG_FILE", &file);
    assert_fine(&place.run(&["config", "check"]).await);
    let ended = place.run(&["config", "show"]).await;
    assert_fine(&ended);
    assert!(!ended.out.contains("hidden"), "{}", ended.out);
    let shown: toml::Table = ended.out.parse().unwrap();
    let (north, south) = (&shown["clusters"]["north"], &shown["clusters"]["south"]);
    assert_eq!(north["ingress_class"].as_str(), Some("nginx"));
    assert_eq!(north["management_namespace"].as_str(), Some("jhaas-hubs"));
    assert_eq!(south["management_namespace"].as_str(), Some("hubs-of-the-south"));
    assert_eq!(south["kubeconfig"].as_str(), Some("(secret)"));

    let refused = async |place: Place, words: &[&str]| {
        assert_refused(&place.run(&["config", "check"]).await, words);
    };
    refused(on_two().set("clusters.north.colour", "red"), &["clusters.north", "colour"]).await;
    refused(on_two().set("clusters.south.tls", "given"), &["clusters.south.tls_certificate"]).await;
    refused(on_two().set("clusters.no_th.title", "x"), &["clusters.no_th", "letters and digits"]).await;
    refused(on_two().set("clusters.North.title", "x"), &["clusters.North", "small letters"]).await;
    let shared = on_two().set("clusters.south.management_namespace", "jhaas-hubs");
    assert_fine(&shared.run(&["config", "check"]).await);
    let same = shared.set("clusters.north.kubeconfig", "a").set("clusters.south.kubeconfig", "a");
    refused(same, &["clusters.south.kubeconfig", "clusters.north"]).await;
    let slip = on_two().variable("JHAAS_CLUSTERS__SUOTH__KUBECONFIG_FILE", &file);
    refused(slip, &["JHAAS_CLUSTERS__SUOTH__KUBECONFIG_FILE", "no cluster suoth"]).await;
    let other = toml::Value::from(vec!["r"]);
    refused(on_two().set("clusters.south.environments", other), &["clusters.south", "\"r\""]).await;
    let nothing = toml::Value::Array(Vec::new());
    let nowhere = on_two().set("clusters.south.environments", nothing.clone());
    refused(nowhere.set("clusters.north.environments", nothing), &["no cluster has \"python\""]).await;
    let local = Place::new().section("clusters", "north = { title = \"North\" }");
    refused(local, &["clusters", "opentofu"]).await;
}

#[tokio::test]
async fn no_secret_of_a_cluster_is_shown() {
    let place = on_cluster();
    let file = place.file("kubeconfig", "token: hidden\n");
    let place = place.variable("JHAAS_CLUSTER__KUBECONFIG_FILE", &file);
    let place = place.set("cluster.tls_key", "hidden").set("jobs.kubeconfig", "hidden");
    let ended = place.run(&["config", "show"]).await;
    assert_fine(&ended);
    assert!(!ended.out.contains("hidden"), "{}", ended.out);
    let shown: toml::Table = ended.out.parse().unwrap();
    assert_eq!(shown["cluster"]["kubeconfig"].as_str(), Some("(secret)"));
    assert_eq!(shown["tofu"]["state"]["bucket"].as_str(), Some("states"));
}

const PROVIDER: &str = "
    name = \"University account\"
    issuer = \"https://id.university.example/\"
    client_id = \"jhaas-portal\"
    client_secret = \"hidden\"
    roles = { leader = [\"teachers\"] }
";

#[tokio::test]
async fn a_provider_to_sign_in_by_can_be_named_and_its_secret_is_not_shown() {
    let place = Place::new().section("sign_in", &format!("[providers.university]{PROVIDER}"));
    let ended = place.run(&["config", "show"]).await;
    assert_fine(&ended);
    assert!(!ended.out.contains("hidden"), "{}", ended.out);
    let shown: toml::Table = ended.out.parse().unwrap();
    let provider = &shown["sign_in"]["providers"]["university"];
    assert_eq!(provider["client_secret"].as_str(), Some("(secret)"));
    assert_eq!(provider["issuer"].as_str(), Some("https://id.university.example/"));

    let place = Place::new();
    let secret = place.file("secret", "hidden\n");
    let variable = |name: &str| format!("JHAAS_SIGN_IN__PROVIDERS__ID__{name}");
    let place = place
        .variable(&variable("NAME"), "University account")
        .variable(&variable("ISSUER"), "https://id.university.example")
        .variable(&variable("CLIENT_ID"), "jhaas")
        .variable(&variable("ROLES"), "{leader=[\"teachers\"]}")
        .variable(&variable("CLIENT_SECRET_FILE"), secret);
    assert_fine(&place.run(&["config", "check"]).await);
}

#[tokio::test]
async fn a_provider_that_cannot_work_is_refused_and_the_setting_is_named() {
    let refused = async |place: Place, words: &[&str]| {
        assert_refused(&place.run(&["config", "check"]).await, words);
    };
    let with = |name: &str, text: &str| Place::new().section("sign_in", &format!("[providers.{name}]{text}"));
    let but = |from: &str, to: &str| with("university", &PROVIDER.replace(from, to));
    refused(but("https://", "http://"), &["sign_in.providers.university.issuer", "https"]).await;
    refused(but("https://id.university.example/", "id"), &["sign_in.providers.university.issuer"]).await;
    refused(but("\"hidden\"", "\"\""), &["sign_in.providers.university.client_secret"]).await;
    refused(but("leader", "professor"), &["sign_in.providers.university.roles", "professor"]).await;
    refused(but("roles", "role"), &["role"]).await;
    refused(with("my-id", PROVIDER), &["sign_in.providers.my-id", "lower-case"]).await;
    let twice =
        Place::new().section("sign_in", &format!("[providers.one]{PROVIDER}[providers.two]{PROVIDER}"));
    refused(twice, &["sign_in.providers.two.issuer", "sign_in.providers.one"]).await;
    refused(Place::new().set("sign_in.passwords", false), &["sign_in.passwords", "nobody"]).await;
    refused(Place::new().set("sign_in.refresh_seconds", 600), &["sign_in.refresh_seconds", "240"]).await;
    let local = but("https://id.university.example/", "http://localhost:8080/realms/x");
    assert_fine(&local.set("sign_in.passwords", false).run(&["config", "check"]).await);
}
