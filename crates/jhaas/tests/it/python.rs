//! What is said where hubs have no Python: what is wrong, and what to install.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::place::Place;

/// A machine with these programs alone. A Python is its version and whether it can make environments.
fn machine(python: Option<(&str, bool)>, git: bool) -> Place {
    let place = Place::new();
    let bin = place.path("bin");
    fs::create_dir(&bin).unwrap();
    let program = |name: &str, script: &str| {
        fs::write(bin.join(name), script).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    if git {
        program("git", "#!/bin/sh\n");
    }
    if let Some((version, ensurepip)) = python {
        let answer =
            format!(r#"{{"executable": "'"$0"'", "version_info": [{version}], "ensurepip": {ensurepip}}}"#);
        program("python3", &format!("#!/bin/sh\necho '{answer}'\n"));
    }
    let cache = place.path("cache");
    place.variable("PATH", bin).variable("JHAAS_CACHE_DIR", cache)
}

/// Both ways to an environment say what is wrong and what to do.
async fn assert_says(place: Place, wrong: &str, remedy: &str) {
    let data = place.path("demo").display().to_string();
    let demo = ["demo", "--port", "0", "--data", &data];
    for arguments in [&["python-env"][..], &demo] {
        let ended = place.run(arguments).await;
        assert_eq!(ended.code, 1, "{ended:?}");
        for words in [wrong, remedy] {
            assert!(ended.err.contains(words), "{words:?} is not in: {}", ended.err);
        }
    }
}

#[tokio::test]
async fn without_python_it_is_said_which_to_install() {
    assert_says(machine(None, true), "no Python was found", "install Python 3.10 or newer").await;
}

#[tokio::test]
async fn an_old_python_is_named() {
    assert_says(machine(Some(("3, 9, 2", true)), true), "is Python 3.9.2", "install Python 3.10 or newer")
        .await;
}

#[tokio::test]
async fn without_ensurepip_the_package_is_named() {
    assert_says(machine(Some(("3, 11, 2", false)), true), "ensurepip is missing", "python3.11-venv").await;
}

#[tokio::test]
async fn without_git_it_is_said_to_install_it() {
    assert_says(machine(Some(("3, 11, 2", true)), false), "git was not found", "install the package “git”")
        .await;
}
