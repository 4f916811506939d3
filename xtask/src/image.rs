//! The images of portal and workers, made from what this machine has, where no container engine and no registry can be
//! reached: the program with the libraries it is linked to; for workers OpenTofu with its provider and the hub
//! configuration too. No shell is in them. `deploy/image/Containerfile` makes the same ones with a container engine.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{
    components,
    parts::{build, target},
    run::{command, has, output, root, stage},
};

/// Where certificates of authorities lie on Debian, and where the program looks for them.
const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";
/// The program's folder; relative paths of its settings begin here.
const HOME: &str = "usr/share/jhaas";
/// Where OpenTofu looks for providers by itself before it asks a registry.
const PROVIDERS: &str = "usr/share/terraform/plugins";
/// Nobody in particular.
const USER: &str = "65532";

#[derive(clap::Subcommand)]
pub(crate) enum Image {
    /// Portal, dispatcher and migration.
    Portal(Archive),
    /// What Jobs run.
    Worker {
        #[command(flatten)]
        archive: Archive,
        #[command(flatten)]
        tools: Tools,
    },
}

#[derive(clap::Args)]
pub(crate) struct Archive {
    /// The archive to write, as `docker save` does; the list of components lies beside it.
    out: PathBuf,
    /// Name and tag of the image; localhost/jhaas-portal:dev or localhost/jhaas-worker:dev when not given.
    #[arg(long)]
    name: Option<String>,
    /// With the program as it is released, instead of as it is debugged.
    #[arg(long)]
    release: bool,
}

#[derive(clap::Args)]
pub(crate) struct Tools {
    /// OpenTofu; the one on the path when not given.
    #[arg(long)]
    tofu: Option<PathBuf>,
    /// A folder with the helm provider as in a filesystem mirror (HOST/NAMESPACE/TYPE/VERSION/PLATFORM).
    #[arg(long)]
    providers: PathBuf,
    /// The folder of the chart zero-to-jupyterhub, to be found in the image as `charts/jupyterhub`.
    #[arg(long)]
    chart: Option<PathBuf>,
}

/// # Errors
/// When something is missing that belongs into the image.
pub(crate) fn run(image: &Image) -> Result<()> {
    let (archive, tools) = match image {
        Image::Portal(archive) => (archive, None),
        Image::Worker { archive, tools } => (archive, Some(tools)),
    };
    let work = target()?.join("image");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let tree = work.join("root");
    let mut parts = fill_program(&tree, &program(archive.release)?)?;
    if let Some(tools) = tools {
        parts.extend(fill_tools(&tree, tools)?);
    }
    let kind = if tools.is_some() { "worker" } else { "portal" };
    let name = archive.name.clone().unwrap_or_else(|| format!("localhost/jhaas-{kind}:dev"));
    pack(&work, &name, &archive.out)?;
    fs::remove_dir_all(work)?;
    components::write(&archive.out.with_extension("cdx.json"), parts)
}

fn program(release: bool) -> Result<PathBuf> {
    if !release {
        return build();
    }
    let arguments = ["build", "--release", "--locked", "--package", "jhaas"];
    stage("build jhaas for release", &mut command("cargo", &arguments))?;
    Ok(target()?.join("release/jhaas"))
}

/// Makes the archive of the folder `root` in `work`.
fn pack(work: &Path, name: &str, out: &Path) -> Result<()> {
    let layer = work.join("layer.tar");
    let folder = work.join("root").display().to_string();
    let file = layer.display().to_string();
    let arguments =
        ["--owner=0", "--group=0", "--numeric-owner", "--sort=name", "-C", &folder, "-cf", &file, "."];
    stage("layer", &mut command("tar", &arguments))?;
    let sum = components::checksum(&layer)?;
    let description = json!({
        "architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        "os": "linux",
        "config": {
            "Entrypoint": ["/usr/bin/jhaas"],
            "Env": ["PATH=/usr/bin"],
            "User": format!("{USER}:{USER}"),
            "WorkingDir": format!("/{HOME}"),
        },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{sum}")] },
    });
    let manifest = json!([{ "Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"] }]);
    fs::write(work.join("config.json"), description.to_string())?;
    fs::write(work.join("manifest.json"), manifest.to_string())?;
    let out = std::path::absolute(out)?.display().to_string();
    let folder = work.display().to_string();
    let arguments = ["-C", &folder, "-cf", &out, "manifest.json", "config.json", "layer.tar"];
    stage(format!("{name} in {out}"), &mut command("tar", &arguments))
}

/// The program and what it is linked to; gives the components that cargo does not know.
fn fill_program(tree: &Path, program: &Path) -> Result<Vec<Value>> {
    let binaries = tree.join("usr/bin");
    fs::create_dir_all(&binaries)?;
    let jhaas = binaries.join("jhaas");
    fs::copy(program, &jhaas)?;
    if has("strip") {
        stage("strip", &mut command("strip", &[&jhaas.display().to_string()]))?;
    }
    let mut parts = Vec::new();
    for library in libraries(program)? {
        copy_file(&library, &tree.join(library.strip_prefix("/")?))?;
        parts.push(components::file(&library)?);
    }
    let certificates = Path::new("/").join(CERTIFICATES);
    if certificates.exists() {
        copy_file(&certificates, &tree.join(CERTIFICATES))?;
    }
    fs::create_dir_all(tree.join("etc"))?;
    fs::write(tree.join("etc/passwd"), format!("jhaas:x:{USER}:{USER}::/tmp:/none\n"))?;
    fs::create_dir_all(tree.join(HOME))?;
    let tmp = tree.join("tmp");
    fs::create_dir(&tmp)?;
    fs::set_permissions(&tmp, fs::Permissions::from_mode(0o1777))?;
    Ok(parts)
}

/// What workers need besides; gives its components.
fn fill_tools(tree: &Path, tools: &Tools) -> Result<Vec<Value>> {
    let tofu = tools.tofu.clone().or_else(|| crate::run::find("tofu")).context("tofu is not on the path")?;
    copy_file(&tofu, &tree.join("usr/bin/tofu"))?;
    let versions = copy_provider(&tools.providers, &tree.join(PROVIDERS))?;
    ensure!(!versions.is_empty(), "there is no helm provider in {}", tools.providers.display());
    copy(&root().join("deploy/hub"), &tree.join(HOME).join("deploy/hub"))?;
    if let Some(chart) = &tools.chart {
        copy(chart, &tree.join(HOME).join("charts/jupyterhub"))?;
    }
    let version: Value =
        serde_json::from_str(&output(&mut command(&tofu.display().to_string(), &["version", "-json"]))?)?;
    let version = version["terraform_version"].as_str().context("tofu says no version")?;
    let mut parts = vec![components::program("opentofu", version)];
    parts.extend(versions.iter().map(|version| components::program("terraform-provider-helm", version)));
    Ok(parts)
}

/// The shared libraries that a program is linked to, its loader among them.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let text = output(&mut command("ldd", &[&program.display().to_string()]))?;
    let paths = text.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(paths.map(PathBuf::from).collect())
}

/// Copies the versions of the helm provider, whatever the host of the mirror is called; gives the versions.
fn copy_provider(mirror: &Path, to: &Path) -> Result<Vec<String>> {
    let mut versions = Vec::new();
    for host in fs::read_dir(mirror).with_context(|| mirror.display().to_string())? {
        let host = host?;
        let provider = host.path().join("hashicorp/helm");
        if provider.is_dir() {
            copy(&provider, &to.join(host.file_name()).join("hashicorp/helm"))?;
            for version in fs::read_dir(&provider)? {
                versions.push(version?.file_name().to_string_lossy().into_owned());
            }
        }
    }
    versions.sort();
    versions.dedup();
    Ok(versions)
}

/// Copies a folder; links become what they lead to.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &target)? } else { copy_file(&path, &target)? }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}
