//! The list of components (SBOM) of the program, in the form of CycloneDX: all crates that are linked into it, with
//! version, licence and checksum.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::run::{command, output, root};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// Nothing for what is linked, `dev` or `build` otherwise.
    kind: Option<String>,
}

/// Writes the list, with these parts of an image besides.
///
/// # Errors
/// When cargo does not say what the program consists of.
pub(crate) fn write(out: &Path, besides: Vec<Value>) -> Result<()> {
    let host = output(&mut command("rustc", &["-vV"]))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", host];
    let metadata: Metadata = serde_json::from_str(&output(&mut command("cargo", &arguments))?)?;
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock"))?.parse()?;
    let list = list(&metadata, &checksums(&lock), besides)?;
    fs::write(out, format!("{list:#}\n")).with_context(|| out.display().to_string())?;
    println!("── components in {}", out.display());
    Ok(())
}

/// Writes the list of an image that has nothing but these files of the machine.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_files(out: &Path, components: Vec<Value>) -> Result<()> {
    let list =
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components });
    fs::write(out, format!("{list:#}\n")).with_context(|| out.display().to_string())?;
    println!("── files in {}", out.display());
    Ok(())
}

/// A program that cargo does not know.
pub(crate) fn program(name: &str, version: &str) -> Value {
    json!({ "type": "application", "bom-ref": format!("{name}@{version}"), "name": name, "version": version })
}

/// A file of the machine that made the image.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn file(path: &Path) -> Result<Value> {
    let name = path.display().to_string();
    let hash = json!({ "alg": "SHA-256", "content": checksum(path)? });
    Ok(json!({ "type": "file", "bom-ref": name, "name": name, "hashes": [hash] }))
}

/// SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn checksum(file: &Path) -> Result<String> {
    let sum = output(&mut command("sha256sum", &[&file.display().to_string()]))?;
    Ok(sum.split_whitespace().next().context("no checksum")?.to_owned())
}

/// By name and version.
fn checksums(lock: &toml::Table) -> BTreeMap<(&str, &str), &str> {
    let packages = lock.get("package").and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
    packages
        .iter()
        .filter_map(|package| {
            let text = |name: &str| package.get(name).and_then(toml::Value::as_str);
            Some(((text("name")?, text("version")?), text("checksum")?))
        })
        .collect()
}

fn list(metadata: &Metadata, sums: &BTreeMap<(&str, &str), &str>, besides: Vec<Value>) -> Result<Value> {
    let packages: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let linked: BTreeMap<&str, Vec<&str>> = metadata.resolve.nodes.iter().map(linked).collect();
    let program = metadata.packages.iter().find(|package| package.name == "jhaas").context("no jhaas")?;
    let mut found = BTreeSet::new();
    let mut open = vec![program.id.as_str()];
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(linked.get(id).into_iter().flatten());
        }
    }
    let reference = |id: &str| packages.get(id).map(|package| purl(package));
    let dependencies = found.iter().map(|id| {
        let on = linked.get(id).into_iter().flatten();
        json!({ "ref": reference(id), "dependsOn": on.filter_map(|id| reference(id)).collect::<Vec<_>>() })
    });
    let dependencies: Vec<Value> = dependencies.collect();
    let crates = found.iter().filter(|id| **id != program.id).filter_map(|id| packages.get(id));
    let mut components: Vec<Value> = crates.map(|package| component(package, "library", sums)).collect();
    components.extend(besides);
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": component(program, "application", sums) },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// What a package is linked to.
fn linked(node: &Node) -> (&str, Vec<&str>) {
    let linked = node.deps.iter().filter(|one| one.dep_kinds.iter().any(|kind| kind.kind.is_none()));
    (&node.id, linked.map(|one| one.pkg.as_str()).collect())
}

fn purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn component(package: &Package, kind: &str, sums: &BTreeMap<(&str, &str), &str>) -> Value {
    let Package { name, version, license, .. } = package;
    let mut component = json!({
        "type": kind,
        "bom-ref": purl(package),
        "name": name,
        "version": version,
        "purl": purl(package),
    });
    if let Some(license) = license {
        // As it was written before expressions were.
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if let Some(sum) = sums.get(&(name.as_str(), version.as_str())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_listed_and_what_only_tests_need_is_not() {
        let package =
            |name: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0" });
        let dependency =
            |name: &str, kind: Option<&str>| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [package("jhaas"), package("linked"), package("deep"), package("tests")],
            "resolve": { "nodes": [
                { "id": "jhaas", "deps": [dependency("linked", None), dependency("tests", Some("dev"))] },
                { "id": "linked", "deps": [dependency("deep", None)] },
                { "id": "deep", "deps": [] },
                { "id": "tests", "deps": [] },
            ] },
        });
        let metadata = serde_json::from_value(metadata).unwrap();
        let lock: toml::Table =
            "[[package]]\nname = \"deep\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n".parse().unwrap();
        let list = list(&metadata, &checksums(&lock), vec![program("opentofu", "1.12.0")]).unwrap();
        let names: Vec<&str> =
            list["components"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, ["deep", "linked", "opentofu"]);
        let deep = &list["components"][0];
        assert_eq!(deep["hashes"][0]["content"], "abc");
        assert_eq!(deep["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(list["metadata"]["component"]["purl"], "pkg:cargo/jhaas@1.0.0");
    }
}
