//! The Python environment, made with programs that only look like Python.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Mutex,
};

use jhaas_worker::python_env::{self, Options};

/// Tells its version and notes each environment that it makes.
fn fake_python(folder: &Path, version: &str, ensurepip: bool) -> PathBuf {
    let program = folder.join("python3");
    let made = folder.join("made");
    let script = format!(
        r#"#!/bin/sh
case "$*" in
*version_info*) echo '{{"executable": "'"$0"'", "version_info": [{version}], "ensurepip": {ensurepip}}}' ;;
*"-m venv"*)
    for place; do :; done
    echo "$place" >> {made}
    mkdir -p "$place/bin"
    cp "$0" "$place/bin/python" ;;
*"-m pip"*) echo "Installing collected packages" ;;
esac
"#,
        made = made.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

fn options(folder: &Path, python: PathBuf) -> Options {
    Options { cache: folder.join("cache"), python: Some(python), lock: python_env::LOCK.into() }
}

#[tokio::test]
async fn an_environment_is_made_once_even_if_two_ask_at_the_same_time() {
    let temp = tempfile::tempdir().unwrap();
    let options = options(temp.path(), fake_python(temp.path(), "3, 12, 1", true));
    let told = Mutex::new(Vec::new());
    let tell = |text: &str| told.lock().unwrap().push(text.to_owned());
    let (one, two) = tokio::join!(python_env::ensure(&options, &tell), python_env::ensure(&options, &tell));
    assert_eq!(one.unwrap(), two.unwrap());
    let made = || fs::read_to_string(temp.path().join("made")).unwrap().lines().count();
    assert_eq!(made(), 1);
    assert!(told.lock().unwrap().iter().any(|text| text.contains("Installing")), "{told:?}");

    // Later runs find it, and make it anew when it was not finished or has lost its Python.
    let env = python_env::ensure(&options, &|_| {}).await.unwrap();
    assert_eq!(made(), 1);
    fs::remove_file(env.folder.join(".complete")).unwrap();
    python_env::ensure(&options, &|_| {}).await.unwrap();
    assert_eq!(made(), 2);
    fs::remove_file(&env.python).unwrap();
    python_env::ensure(&options, &|_| {}).await.unwrap();
    assert_eq!(made(), 3);
}

#[tokio::test]
async fn a_python_that_will_not_do_is_named_with_what_would() {
    for (version, ensurepip, code, value) in [
        ("3, 9, 18", true, "python-too-old", "3.10"),
        ("3, 99, 0", true, "python-too-new", "3.99.0"),
        ("3, 11, 2", false, "python-venv-missing", "python3.11-venv"),
    ] {
        let temp = tempfile::tempdir().unwrap();
        let options = options(temp.path(), fake_python(temp.path(), version, ensurepip));
        let result = python_env::ensure(&options, &|_| {}).await;
        // A machine with uv needs no ensurepip.
        let Err(error) = result else {
            assert!(!ensurepip);
            continue;
        };
        let failure = error.failure();
        assert_eq!(failure.code, code);
        let values = serde_json::to_string(&failure.summary.values).unwrap();
        assert!(values.contains(value), "{values}");
    }
}
