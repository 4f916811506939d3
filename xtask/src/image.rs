//! The image of workers, made from what this machine has, where no container engine and no registry can be reached: the
//! program with the libraries it is linked to, OpenTofu with its providers, and the hub configuration. No shell is in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::{
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

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The archive to write, as `docker save` does.
    out: PathBuf,
    /// Name and tag of the image.
    #[arg(long, default_value = "localhost/jhaas-worker:dev")]
    name: String,
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
pub(crate) fn run(args: &Args) -> Result<()> {
    let program = build()?;
    let work = target()?.join("image");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let tree = work.join("root");
    fill(&tree, &program, args)?;
    let layer = work.join("layer.tar");
    let folder = tree.display().to_string();
    let file = layer.display().to_string();
    let arguments =
        ["--owner=0", "--group=0", "--numeric-owner", "--sort=name", "-C", &folder, "-cf", &file, "."];
    stage("layer", &mut command("tar", &arguments))?;
    let sum = output(&mut command("sha256sum", &[&file]))?;
    let sum = sum.split_whitespace().next().context("no checksum")?;
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
    let manifest = json!([{ "Config": "config.json", "RepoTags": [args.name], "Layers": ["layer.tar"] }]);
    fs::write(work.join("config.json"), description.to_string())?;
    fs::write(work.join("manifest.json"), manifest.to_string())?;
    let out = std::path::absolute(&args.out)?.display().to_string();
    let folder = work.display().to_string();
    let arguments = ["-C", &folder, "-cf", &out, "manifest.json", "config.json", "layer.tar"];
    stage(format!("{} in {out}", args.name), &mut command("tar", &arguments))?;
    fs::remove_dir_all(work)?;
    Ok(())
}

fn fill(tree: &Path, program: &Path, args: &Args) -> Result<()> {
    let binaries = tree.join("usr/bin");
    fs::create_dir_all(&binaries)?;
    let jhaas = binaries.join("jhaas");
    fs::copy(program, &jhaas)?;
    if has("strip") {
        stage("strip", &mut command("strip", &[&jhaas.display().to_string()]))?;
    }
    for library in libraries(program)? {
        let place = tree.join(library.strip_prefix("/")?);
        copy_file(&library, &place)?;
    }
    let tofu = args.tofu.clone().or_else(|| crate::run::find("tofu")).context("tofu is not on the path")?;
    copy_file(&tofu, &binaries.join("tofu"))?;
    let found = copy_provider(&args.providers, &tree.join(PROVIDERS))?;
    ensure!(found > 0, "there is no helm provider in {}", args.providers.display());
    copy(&root().join("deploy/hub"), &tree.join(HOME).join("deploy/hub"))?;
    if let Some(chart) = &args.chart {
        copy(chart, &tree.join(HOME).join("charts/jupyterhub"))?;
    }
    let certificates = Path::new("/").join(CERTIFICATES);
    if certificates.exists() {
        copy_file(&certificates, &tree.join(CERTIFICATES))?;
    }
    fs::create_dir_all(tree.join("etc"))?;
    fs::write(tree.join("etc/passwd"), format!("jhaas:x:{USER}:{USER}::/tmp:/none\n"))?;
    let tmp = tree.join("tmp");
    fs::create_dir(&tmp)?;
    fs::set_permissions(&tmp, fs::Permissions::from_mode(0o1777))?;
    Ok(())
}

/// The shared libraries that a program is linked to, its loader among them.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let text = output(&mut command("ldd", &[&program.display().to_string()]))?;
    let paths = text.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(paths.map(PathBuf::from).collect())
}

/// Copies the versions of the helm provider, whatever the host of the mirror is called.
fn copy_provider(mirror: &Path, to: &Path) -> Result<usize> {
    let mut found = 0;
    for host in fs::read_dir(mirror).with_context(|| mirror.display().to_string())? {
        let host = host?;
        let provider = host.path().join("hashicorp/helm");
        if provider.is_dir() {
            copy(&provider, &to.join(host.file_name()).join("hashicorp/helm"))?;
            found += 1;
        }
    }
    Ok(found)
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
