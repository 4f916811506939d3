//! Lists the folders of `locales/`, so that another language is one more folder and nothing else.

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    // Asked when it runs: a compiled script may be found again from another checkout.
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo gives no CARGO_MANIFEST_DIR")?;
    let locales = Path::new(&folder).join("locales");
    println!("cargo::rerun-if-changed={}", locales.display());
    let mut languages = String::from("pub(crate) const LOCALES: &[Locale] = &[\n");
    let mut constants = String::new();
    for (index, folder) in sorted(&locales)?.iter().enumerate() {
        let code = folder.file_name().and_then(|name| name.to_str()).ok_or("a folder name is not UTF-8")?;
        println!("cargo::rerun-if-changed={}", folder.display());
        writeln!(constants, "    pub const {}: Self = Self({index});", code.to_uppercase())?;
        writeln!(languages, "    Locale {{ code: {code:?}, files: &[")?;
        for file in sorted(folder)?.iter().filter(|file| file.extension().is_some_and(|end| end == "ftl")) {
            let name = file.file_name().and_then(|name| name.to_str()).ok_or("a file name is not UTF-8")?;
            let path = file.to_str().ok_or("a path is not UTF-8")?;
            writeln!(languages, "        ({name:?}, include_str!({path:?})),")?;
        }
        languages.push_str("    ] },\n");
    }
    let generated = format!("{languages}];\n\nimpl Lang {{\n{constants}}}\n");
    let target = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo gives no OUT_DIR")?);
    fs::write(target.join("locales.rs"), generated)?;
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}
