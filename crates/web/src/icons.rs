//! The few drawings of the portal, as SVG in the page. They stand beside words, so they are hidden from readers.

use crate::view::Markup;

/// An icon by name; an unknown name draws nothing.
#[must_use]
pub fn icon(name: &str) -> Markup {
    let drawing = match name {
        "check" => r#"<path d="m3 8.5 3.4 3.5L13 4.5"/>"#,
        "warning" => r#"<path d="M8 2 1.5 14h13zM8 6.5v3.5M8 12v.2"/>"#,
        "note" => r#"<circle cx="8" cy="8" r="6.5"/><path d="M8 7.2V11.5M8 4.6v.2"/>"#,
        "failed" => {
            r#"<path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM5.5 5.5l5 5M10.5 5.5l-5 5"/>"#
        }
        "arrow" => r#"<path d="M2.5 8h11M9 3.5 13.5 8 9 12.5"/>"#,
        "outside" => r#"<path d="M6 3H3v10h10v-3M9 2.5h4.5V7M13.5 2.5 7 9"/>"#,
        "copy" => r#"<path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"/>"#,
        "down" => r#"<path d="m4 6 4 4 4-4"/>"#,
        "download" => r#"<path d="M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11"/>"#,
        "person" => {
            r#"<circle cx="8" cy="5" r="2.8"/><path d="M2.5 14c.6-3.2 2.8-4.5 5.5-4.5s4.9 1.3 5.5 4.5"/>"#
        }
        "search" => r#"<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>"#,
        "plus" => r#"<path d="M8 3v10M3 8h10"/>"#,
        _ => {
            debug_assert!(false, "no icon {name}");
            ""
        }
    };
    Markup::trusted(format!(
        r#"<svg class="icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{drawing}</svg>"#
    ))
}

/// The portal's own sign: an open book, read.
pub const LOGO: &str = r#"<svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" aria-hidden="true"><path d="M3 12.5c4.5-2 9.5-1.5 13 1.5 3.5-3 8.5-3.5 13-1.5v14c-4.5-2-9.5-1.5-13 1.5-3.5-3-8.5-3.5-13-1.5zM16 14v14"/><circle cx="16" cy="6" r="3" fill="currentColor" stroke="none"/></svg>"#;
