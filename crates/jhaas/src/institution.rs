//! Whose portal this is: the files and colours that the configuration names, read and checked.

use std::{collections::BTreeMap, fs, path::Path, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, bail};
use jhaas_lang::Lang;
use jhaas_web::brand::{Colours, Institution, LegalText, Link, Logo};

use crate::config;

/// A logo is in the head of every page.
const MAX_LOGO_BYTES: usize = 256 * 1024;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// # Errors
/// Names the setting that cannot be used, and why.
pub(crate) fn read(config: &config::Institution) -> Result<Institution> {
    if config.name.trim().is_empty() {
        bail!("institution.name: must not be empty");
    }
    let links = config.links.iter().enumerate().map(|(at, link)| {
        let label =
            by_language(&link.label, &format!("institution.links[{at}].label"), |text| Ok(text.clone()));
        Ok(Link { url: link.url.to_string(), label: label? })
    });
    Ok(Institution {
        name: config.name.clone(),
        unit: set(&config.unit),
        support: set(&config.support),
        logo: logo(&config.logo)?.map(Arc::new),
        colours: colours(config)?,
        imprint: texts(&config.imprint, "institution.imprint")?,
        privacy: texts(&config.privacy, "institution.privacy")?,
        links: links.collect::<Result<_>>()?,
    })
}

fn set(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn colours(config: &config::Institution) -> Result<Option<Colours>> {
    match (config.colour_light.as_str(), config.colour_dark.as_str()) {
        ("", "") => Ok(None),
        ("", _) | (_, "") => {
            bail!("institution.colour_light and institution.colour_dark: needs both or none")
        }
        (light, dark) => Colours::new(light, dark).map(Some).context("institution.colour_light, colour_dark"),
    }
}

fn logo(file: &Path) -> Result<Option<Logo>> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    let bytes =
        fs::read(file).with_context(|| format!("institution.logo: cannot read {}", file.display()))?;
    if bytes.len() > MAX_LOGO_BYTES {
        bail!(
            "institution.logo: {} has {} bytes, and may have {MAX_LOGO_BYTES}",
            file.display(),
            bytes.len()
        );
    }
    let media_type = if bytes.starts_with(PNG) {
        "image/png"
    } else if std::str::from_utf8(&bytes).is_ok_and(|text| text.contains("<svg")) {
        "image/svg+xml"
    } else {
        bail!("institution.logo: {} is neither SVG nor PNG", file.display());
    };
    Ok(Some(Logo { media_type, bytes }))
}

fn texts(files: &BTreeMap<String, PathBuf>, setting: &str) -> Result<LegalText> {
    by_language(files, setting, |file| {
        fs::read_to_string(file).with_context(|| format!("{setting}: cannot read {}", file.display()))
    })
}

fn by_language<T>(
    values: &BTreeMap<String, T>,
    setting: &str,
    text: impl Fn(&T) -> Result<String>,
) -> Result<LegalText> {
    let read = |(code, value): (&String, &T)| {
        let lang = Lang::parse(code).with_context(|| format!("{setting}: there is no language {code}"))?;
        Ok((lang, text(value)?))
    };
    values.iter().map(read).collect()
}
