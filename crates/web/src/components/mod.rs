//! Parts of pages. Each is a struct with a small template; a page's template writes it with `{{ part }}`.

mod course;
mod deployment;
mod feedback;
mod form;
mod list;
mod qr;

use askama::filters::HtmlSafe;

pub use course::{CourseLine, CourseTimes, Shape, Tag, Timeline, TimelineStop};
pub use deployment::{LogLine, LogView, Progress, Step, Steps};
pub use feedback::{Action, Confirm, Copyable, Empty, ErrorSummary, FlashView};
pub(crate) use form::field_id;
pub use form::{Choice, Field};
pub use list::{Cell, Column, Facts, Pagination, Row, Tab, Table, Tabs};
pub use qr::Qr;

// What these write is HTML already: a template does not escape it again.
impl HtmlSafe for Timeline {}
impl HtmlSafe for CourseLine {}
impl HtmlSafe for Tag {}
impl HtmlSafe for Steps {}
impl HtmlSafe for LogLine {}
impl HtmlSafe for LogView {}
impl HtmlSafe for Progress {}
impl HtmlSafe for Confirm {}
impl HtmlSafe for Copyable {}
impl HtmlSafe for Empty {}
impl HtmlSafe for ErrorSummary {}
impl HtmlSafe for FlashView {}
impl HtmlSafe for Field {}
impl HtmlSafe for Qr {}
impl HtmlSafe for Facts {}
impl HtmlSafe for Pagination {}
impl HtmlSafe for Table {}
impl HtmlSafe for Tabs {}
