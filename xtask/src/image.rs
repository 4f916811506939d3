//! The images of portal and workers, made from what this machine has, where no container engine and no registry can be
//! reached: the program with the libraries it is linked to; for workers OpenTofu with its provider and the hub
//! configuration too. No shell is in them. `deploy/image/Containerfile` makes the same ones with a container engine. What the
//! platform brings along for trying is made from programs of the machine likewise.

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
    /// Programs of this machine with what they are linked to: PostgreSQL, the S3 server or Dex for a trial.
    Programs(Programs),
}

#[derive(clap::Args)]
pub(crate) struct Programs {
    /// The archive to write, as `docker save` does; the list of files lies beside it.
    out: PathBuf,
    /// Name and tag of the image.
    #[arg(long)]
    name: String,
    /// Name and number of the user.
    #[arg(long, default_value = "nobody:65532")]
    user: String,
    /// Which one is started, where the pod names arguments only.
    #[arg(long)]
    entrypoint: Option<String>,
    /// A file or folder that is to be found in the image where it is here.
    #[arg(long = "with", value_name = "PATH")]
    besides: Vec<PathBuf>,
    /// To be found in the image by their names: where they are, if the system's, or in /usr/bin.
    #[arg(required = true)]
    programs: Vec<PathBuf>,
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
        Image::Programs(programs) => return of_machine(programs),
    };
    let work = fresh_folder()?;
    let tree = work.join("root");
    let mut parts = fill_program(&tree, &program(archive.release)?)?;
    if let Some(tools) = tools {
        parts.extend(fill_tools(&tree, tools)?);
    }
    let kind = if tools.is_some() { "worker" } else { "portal" };
    let name = archive.name.clone().unwrap_or_else(|| format!("localhost/jhaas-{kind}:dev"));
    let config = json!({
        "Entrypoint": ["/usr/bin/jhaas"],
        "Env": ["PATH=/usr/bin"],
        "User": format!("{USER}:{USER}"),
        "WorkingDir": format!("/{HOME}"),
    });
    pack(&work, &name, &config, &archive.out)?;
    fs::remove_dir_all(work)?;
    components::write(&archive.out.with_extension("cdx.json"), parts)
}

fn fresh_folder() -> Result<PathBuf> {
    let work = target()?.join("image");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    Ok(work)
}

fn of_machine(image: &Programs) -> Result<()> {
    let work = fresh_folder()?;
    let tree = work.join("root");
    let (user, number) = image.user.split_once(':').context("--user must be NAME:NUMBER")?;
    fill_base(&tree, user, number)?;
    let mut parts = Vec::new();
    // Where programs look for a shell.
    std::os::unix::fs::symlink("usr/bin", tree.join("bin"))?;
    let mut folders = vec!["/usr/bin".to_owned()];
    for program in &image.programs {
        let folder = match program.parent().map(|folder| folder.display().to_string()) {
            Some(folder) if folder.starts_with("/usr/lib/") => folder,
            _ => "/usr/bin".to_owned(),
        };
        let name = program.file_name().with_context(|| program.display().to_string())?;
        copy_file(program, &tree.join(folder.trim_start_matches('/')).join(name))?;
        if !folders.contains(&folder) {
            folders.push(folder);
        }
        parts.push(components::file(program)?);
        parts.extend(fill_libraries(&tree, program)?);
    }
    for path in &image.besides {
        let to = tree.join(path.strip_prefix("/").with_context(|| path.display().to_string())?);
        if path.is_dir() { copy(path, &to)? } else { copy_file(path, &to)? }
    }
    let mut config =
        json!({ "Env": [format!("PATH={}", folders.join(":"))], "User": format!("{number}:{number}") });
    if let Some(name) = &image.entrypoint {
        config["Entrypoint"] = json!([format!("/usr/bin/{name}")]);
    }
    pack(&work, &image.name, &config, &image.out)?;
    fs::remove_dir_all(work)?;
    components::write_files(&image.out.with_extension("cdx.json"), parts)
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
fn pack(work: &Path, name: &str, config: &Value, out: &Path) -> Result<()> {
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
        "config": config,
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
    fill_base(tree, "jhaas", USER)?;
    let jhaas = tree.join("usr/bin/jhaas");
    fs::copy(program, &jhaas)?;
    if has("strip") {
        stage("strip", &mut command("strip", &[&jhaas.display().to_string()]))?;
    }
    fs::create_dir_all(tree.join(HOME))?;
    fill_libraries(tree, program)
}

/// What every image has: a user, a folder for what passes, certificates of authorities, and one for programs.
fn fill_base(tree: &Path, user: &str, number: &str) -> Result<()> {
    let certificates = Path::new("/").join(CERTIFICATES);
    if certificates.exists() {
        copy_file(&certificates, &tree.join(CERTIFICATES))?;
    }
    for folder in ["etc", "tmp", "usr/bin"] {
        fs::create_dir_all(tree.join(folder))?;
    }
    fs::write(tree.join("etc/passwd"), format!("{user}:x:{number}:{number}::/tmp:/none\n"))?;
    fs::set_permissions(tree.join("tmp"), fs::Permissions::from_mode(0o1777))?;
    Ok(())
}

/// Gives them as components.
fn fill_libraries(tree: &Path, program: &Path) -> Result<Vec<Value>> {
    let mut parts = Vec::new();
    for library in libraries(program)? {
        let to = tree.join(library.strip_prefix("/")?);
        if !to.exists() {
            copy_file(&library, &to)?;
            parts.push(components::file(&library)?);
        }
    }
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
    let text = match output(&mut command("ldd", &[&program.display().to_string()])) {
        Err(error) if error.to_string().contains("not a dynamic executable") => return Ok(Vec::new()),
        said => said?,
    };
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
