//! A QR code as an SVG drawing.

use std::fmt::Write as _;

use askama::Template;
use qrcode::{Color, EcLevel, QrCode};

use crate::view::Markup;

/// Light around the code, in modules: ISO/IEC 18004 asks for four.
const QUIET: usize = 4;

/// A text as a QR code, dark on light whatever the page's colours are, since many cameras read no other. `label` is its
/// text alternative.
#[derive(Clone, Debug, Template)]
#[template(
    source = r##"<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ size }} {{ size }}" shape-rendering="crispEdges" role="img" aria-label="{{ label }}"><path fill="#fff" d="M0 0h{{ size }}v{{ size }}H0z"/><path fill="#000" d="{{ path }}"/></svg>"##,
    ext = "html"
)]
pub struct Qr {
    label: String,
    size: usize,
    path: String,
}

impl Qr {
    /// Nothing for a text that no QR code holds: some 2,300 bytes.
    #[must_use]
    pub fn new(label: impl Into<String>, text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            // What lies side by side is one rectangle.
            for run in row.chunk_by(|one, other| one == other) {
                if run[0] == Color::Dark {
                    let length = run.len();
                    let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
                }
                x += run.len();
            }
        }
        Some(Self { label: label.into(), size: width + 2 * QUIET, path })
    }

    /// The drawing as a file of its own.
    #[must_use]
    pub fn svg(&self) -> String {
        Markup::of(self).as_str().to_owned()
    }
}
