//! That every pinned package of the hubs' environment has a wheel wherever hubs may run: asked of the package index, with
//! nothing downloaded.

use anyhow::Result;

use crate::{
    parts::target,
    run::{command, stage},
};

const REQUIREMENTS: &str = "crates/worker/python/requirements.txt";
const PYTHONS: [&str; 5] = ["3.10", "3.11", "3.12", "3.13", "3.14"];
const PLATFORMS: [&str; 2] = ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28"];
/// What resolves for another version of Python and another platform than those that run it.
const UV: &str = "uv==0.13.*";

/// # Errors
/// When a package has no wheel for one of them.
pub(crate) fn check(python: &str) -> Result<()> {
    let folder = target()?.join("uv");
    let (own, uv) = (folder.join("bin/python").display().to_string(), folder.join("bin/uv"));
    stage("folder of uv", &mut command(python, &["-m", "venv", &folder.display().to_string()]))?;
    stage("uv", &mut command(&own, &["-m", "pip", "install", "--quiet", UV]))?;
    let (uv, nowhere) = (uv.display().to_string(), folder.join("nowhere").display().to_string());
    for platform in PLATFORMS {
        for version in PYTHONS {
            let mut resolve = command(&uv, &["pip", "install", "--dry-run", "--quiet", "--no-deps"]);
            resolve.args(["--require-hashes", "--only-binary", ":all:", "--target", &nowhere]);
            resolve.args(["--python", python, "--python-version", version, "--python-platform", platform]);
            stage(format!("wheels for {version} on {platform}"), resolve.args(["-r", REQUIREMENTS]))?;
        }
    }
    Ok(())
}
