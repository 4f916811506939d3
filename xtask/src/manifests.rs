//! What the charts render, as the API server of a real cluster takes it: kinds, names and types of every field. Nothing is
//! made there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{
    chart::{self, objects},
    parts::target,
    run::{command, find, output, variable},
};

/// Kinds that not every cluster has.
const CUSTOM: [&str; 3] = ["ClusterIssuer", "ServiceMonitor", "PrometheusRule"];

/// Where renderings wait to be looked at, by who made them.
///
/// # Errors
/// When the folder cannot be made.
pub(crate) fn folder(of: &str) -> Result<PathBuf> {
    Ok(target()?.join("rendered").join(of))
}

/// The same, with nothing in it.
///
/// # Errors
/// When the folder cannot be made.
pub(crate) fn fresh_folder(of: &str) -> Result<PathBuf> {
    let folder = folder(of)?;
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// # Errors
/// At the first rendering that the cluster refuses.
pub(crate) fn check() -> Result<()> {
    println!("── manifests, as the cluster takes them");
    let named = variable("JHAAS_TEST_KUBECTL").map(PathBuf::from).or_else(|| find("kubectl"));
    let kubectl = named.context("kubectl is not on the path")?;
    let kubeconfig = variable("JHAAS_TEST_KUBECONFIG").context("JHAAS_TEST_KUBECONFIG is not set")?;
    chart::render(&fresh_folder("chart")?)?;
    for of in ["chart", "hub", "platform"] {
        let mut looked_at = 0;
        for entry in fs::read_dir(folder(of)?).with_context(|| format!("nothing was rendered for {of}"))? {
            let file = entry?.path();
            let all = objects(&fs::read_to_string(&file)?).with_context(|| file.display().to_string())?;
            ensure!(!all.is_empty(), "{}: nothing is rendered", file.display());
            let items: Vec<Value> = all.into_iter().filter_map(somewhere_that_is_there).collect();
            if !items.is_empty() {
                taken(&kubectl, &kubeconfig, &file, &items)?;
            }
            looked_at += items.len();
        }
        ensure!(looked_at > 0, "nothing was rendered for {of}");
        println!("{looked_at} of {of}");
    }
    Ok(())
}

fn taken(kubectl: &Path, kubeconfig: &str, file: &Path, items: &[Value]) -> Result<()> {
    // Beside the folder, which holds renderings alone.
    let list = target()?.join("rendered").join("list.json");
    fs::write(&list, json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string())?;
    let (program, list) = (kubectl.display().to_string(), list.display().to_string());
    let how =
        ["--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "--output=name"];
    let arguments = [&["apply"][..], &how, &["--filename", &list]].concat();
    let mut apply = command(&program, &arguments);
    output(apply.env("KUBECONFIG", kubeconfig)).with_context(|| file.display().to_string()).map(drop)
}

/// The same in a namespace that every cluster has.
fn somewhere_that_is_there(mut object: Value) -> Option<Value> {
    if object["kind"].as_str().is_none_or(|kind| CUSTOM.contains(&kind)) {
        return None;
    }
    if object["metadata"]["namespace"].is_string() {
        object["metadata"]["namespace"] = json!("default");
    }
    Some(object)
}
