//! The platform configuration on a cluster: applied from nothing, applied again without a change, destroyed without a
//! trace.

use std::{path::Path, process::Stdio};

use serde_json::json;

use super::{
    chart::{Outside, browser},
    *,
};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");
/// What `plan -detailed-exitcode` ends with when nothing is to be done.
pub(super) const NO_CHANGE: i32 = 0;

pub(super) struct Platform {
    folder: TempDir,
}

impl Platform {
    /// A copy that keeps its state and its providers to itself.
    pub(super) fn new(variables: &serde_json::Value) -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["platform", "chart"] {
            copy(&Path::new(DEPLOY).join(name), &folder.path().join(name));
        }
        let platform = folder.path().join("platform");
        fs::write(platform.join("test.auto.tfvars.json"), variables.to_string()).unwrap();
        Self { folder }
    }

    /// Runs OpenTofu; gives its exit code, what it printed and what it complained about.
    #[expect(clippy::disallowed_methods, reason = "starts OpenTofu, as an operator does")]
    async fn run(&self, arguments: &[&str]) -> (i32, [String; 2]) {
        let (first, rest) = arguments.split_first().unwrap();
        let mut tofu = tokio::process::Command::new(variable("JHAAS_TEST_TOFU"));
        tofu.args([first, "-no-color"]).args(rest).current_dir(self.folder.path().join("platform"));
        tofu.env("TF_VAR_state_passphrase", "a passphrase of the test").env("PROVIDER_DOUBLE_MODE", "live");
        let output = tofu.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.code().unwrap(), said)
    }

    pub(super) async fn tofu(&self, arguments: &[&str]) -> (i32, String) {
        let (code, said) = self.run(&[arguments, &["-input=false"]].concat()).await;
        (code, said.concat())
    }

    pub(super) async fn must(&self, arguments: &[&str]) {
        let (code, said) = self.tofu(arguments).await;
        assert_eq!(code, 0, "tofu {arguments:?}: {said}");
    }

    /// What is kept of it, as it lies in the file.
    pub(super) fn state(&self) -> String {
        fs::read_to_string(self.folder.path().join("platform/terraform.tfstate")).unwrap()
    }

    pub(super) async fn value(&self, output: &str) -> serde_json::Value {
        let (code, [printed, complaints]) = self.run(&["output", "-json", output]).await;
        assert_eq!(code, 0, "{complaints}");
        serde_json::from_str(&printed).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if name == ".terraform" {
            continue;
        }
        let to = to.join(name);
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_is_applied_from_nothing_once_and_for_all_and_destroyed_without_a_trace() {
    let Some(outside) = Outside::new().await else { return };
    let name = format!("jp-{}", outside.world.now().as_millis());
    let url = format!("http://{name}.jhaas.test");
    let values = outside.values(&url);
    let config = &values["config"];
    let variables = json!({
        "portal_cluster": { "kubeconfig": variable("JHAAS_TEST_KUBECONFIG") },
        "url": url,
        "hubs_domain": "jhaas.test",
        "images": { "portal": values["image"], "worker": values["workers"]["image"] },
        "catalogue": config["policy"]["catalogue"],
        "database_url": outside.database,
        "objects": {
            "endpoint": config["objects"]["endpoint"],
            "region": config["objects"]["region"],
            "bucket": config["objects"]["bucket"],
            "states_bucket": config["objects"]["bucket"],
            "prefix": "objects",
            "states_prefix": "states",
        },
        "objects_key": { "id": variable("AWS_ACCESS_KEY_ID"), "secret": variable("AWS_SECRET_ACCESS_KEY") },
        "config": { "mail": config["mail"], "tofu": { "environment": config["tofu"]["environment"] } },
        "values": [json!({ "portal": values["portal"] }).to_string()],
        "namespace": name,
    });
    let platform = Platform::new(&variables);
    platform.must(&["init"]).await;
    platform.must(&["apply", "-auto-approve"]).await;
    assert!(
        !platform.state().contains(&variable("AWS_SECRET_ACCESS_KEY")),
        "a secret is in the state in the clear"
    );
    let answer = browser(&url).get(format!("{url}/sign-in")).send().await.unwrap();
    assert_eq!(answer.status(), 200);

    let (code, said) = platform.tofu(&["plan", "-detailed-exitcode"]).await;
    assert_eq!(code, NO_CHANGE, "{said}");

    platform.must(&["destroy", "-auto-approve"]).await;
    let namespaces = outside.cluster.namespaces().list(&ListParams::default()).await.unwrap();
    let left =
        namespaces.into_iter().filter_map(|one| one.metadata.name).filter(|one| one.starts_with(&name));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<String>::new());
}
