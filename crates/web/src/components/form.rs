//! One field of a form: label above, help below, the error at the field.

use askama::Template;
use jhaas_domain::message::FieldError;

use crate::view::Page;

/// The id of a field's control, which the error summary links to.
pub(crate) fn field_id(name: &str) -> String {
    format!("field-{}", name.replace(['.', '[', ']'], "-"))
}

/// One choice of a list, of radio buttons or of check boxes.
#[derive(Clone, Debug)]
pub struct Choice {
    value: String,
    label: String,
    help: Option<String>,
    chosen: bool,
    disabled: bool,
}

impl Choice {
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), help: None, chosen: false, disabled: false }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// For check boxes, of which several can be chosen; otherwise [`Field::value`] chooses.
    #[must_use]
    pub fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Input(&'static str),
    Textarea,
    Select,
    Radios,
    Checkboxes,
}

impl Kind {
    fn is_group(self) -> bool {
        matches!(self, Self::Radios | Self::Checkboxes)
    }

    fn has_boxes(self) -> bool {
        self == Self::Checkboxes
    }

    fn box_type(self) -> &'static str {
        if self == Self::Radios { "radio" } else { "checkbox" }
    }
}

/// A field; begins with [`Field::new`], a kind, and what was typed.
#[derive(Clone, Debug, Template)]
#[template(path = "components/field.html")]
pub struct Field {
    name: String,
    id: String,
    label: String,
    help: Option<String>,
    error: Option<String>,
    value: String,
    optional: Option<String>,
    kind: Kind,
    width: &'static str,
    unit: Option<String>,
    autocomplete: Option<&'static str>,
    inputmode: Option<&'static str>,
    min: Option<String>,
    max: Option<String>,
    step: Option<String>,
    maxlength: Option<u32>,
    accept: Option<&'static str>,
    choices: Vec<Choice>,
    monospace: bool,
    autofocus: bool,
    readonly: bool,
    /// What was typed before the session ended; it goes before what the page would show.
    kept: Option<Vec<String>>,
    error_icon: crate::view::Markup,
}

impl Field {
    /// A line of text.
    #[must_use]
    pub fn new(p: &Page, name: &str, label: impl Into<String>) -> Self {
        let kept = p.kept.as_ref().and_then(|kept| kept.values(name));
        Self {
            id: field_id(name),
            name: name.to_owned(),
            label: label.into(),
            help: None,
            error: None,
            value: kept.as_ref().and_then(|kept| kept.first()).cloned().unwrap_or_default(),
            kept,
            optional: None,
            kind: Kind::Input("text"),
            width: "",
            unit: None,
            autocomplete: None,
            inputmode: None,
            min: None,
            max: None,
            step: None,
            maxlength: None,
            accept: None,
            choices: Vec::new(),
            monospace: false,
            autofocus: false,
            readonly: false,
            error_icon: p.icon("failed"),
        }
    }

    /// `email`, `password`, `url`, `number`, `date`, `time`, `search`, `file`, …
    #[must_use]
    pub fn input(mut self, input_type: &'static str) -> Self {
        self.kind = Kind::Input(input_type);
        self
    }

    #[must_use]
    pub fn textarea(mut self) -> Self {
        self.kind = Kind::Textarea;
        self
    }

    #[must_use]
    pub fn select(self, choices: impl IntoIterator<Item = Choice>) -> Self {
        self.choices(Kind::Select, choices)
    }

    #[must_use]
    pub fn radios(self, choices: impl IntoIterator<Item = Choice>) -> Self {
        self.choices(Kind::Radios, choices)
    }

    /// Check boxes of one name; a single one is a list of one.
    #[must_use]
    pub fn checkboxes(self, choices: impl IntoIterator<Item = Choice>) -> Self {
        self.choices(Kind::Checkboxes, choices)
    }

    fn choices(mut self, kind: Kind, choices: impl IntoIterator<Item = Choice>) -> Self {
        self.kind = kind;
        self.choices = choices.into_iter().collect();
        if let Some(kept) = &self.kept {
            for choice in &mut self.choices {
                choice.chosen = kept.contains(&choice.value);
            }
        }
        self
    }

    /// A sentence below the label's control.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What was typed or is the default. Call it after the kind.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        if self.kept.is_some() {
            return self;
        }
        self.value = value.into();
        if matches!(self.kind, Kind::Radios | Kind::Select) {
            for choice in &mut self.choices {
                choice.chosen = choice.value == self.value;
            }
        }
        self
    }

    /// Takes the field's own error out of those of the whole form.
    #[must_use]
    pub fn errors(mut self, p: &Page, errors: &[FieldError]) -> Self {
        self.error =
            errors.iter().find(|error| error.field == self.name).map(|error| p.message(&error.message));
        self
    }

    /// Says "(optional)" beside the label.
    #[must_use]
    pub fn optional(mut self, p: &Page) -> Self {
        self.optional = Some(p.t("form-optional"));
        self
    }

    /// Nine digits wide.
    #[must_use]
    pub fn short(mut self) -> Self {
        self.width = "short";
        self
    }

    /// Half the column.
    #[must_use]
    pub fn medium(mut self) -> Self {
        self.width = "medium";
        self
    }

    /// Stands behind the control, for instance `GiB`.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    #[must_use]
    pub fn autocomplete(mut self, hint: &'static str) -> Self {
        self.autocomplete = Some(hint);
        self
    }

    #[must_use]
    pub fn inputmode(mut self, mode: &'static str) -> Self {
        self.inputmode = Some(mode);
        self
    }

    /// Bounds of numbers, dates and times.
    #[must_use]
    pub fn range(mut self, min: impl ToString, max: impl ToString) -> Self {
        self.min = Some(min.to_string());
        self.max = Some(max.to_string());
        self
    }

    #[must_use]
    pub fn step(mut self, step: impl ToString) -> Self {
        self.step = Some(step.to_string());
        self
    }

    #[must_use]
    pub fn maxlength(mut self, letters: u32) -> Self {
        self.maxlength = Some(letters);
        self
    }

    /// The kinds of file that can be chosen, for instance `.csv,text/csv`.
    #[must_use]
    pub fn accept(mut self, kinds: &'static str) -> Self {
        self.accept = Some(kinds);
        self
    }

    #[must_use]
    pub fn monospace(mut self) -> Self {
        self.monospace = true;
        self
    }

    #[must_use]
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    #[must_use]
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// For a further form of the page with a field of this name. The error summary leads to the first one.
    #[must_use]
    pub fn of_form(mut self, form: &str) -> Self {
        self.id = field_id(&format!("{form}-{}", self.name));
        self
    }

    fn described_by(&self) -> Option<String> {
        let parts: Vec<_> = [(self.error.is_some(), "error"), (self.help.is_some(), "help")]
            .into_iter()
            .filter(|(there, _)| *there)
            .map(|(_, part)| format!("{}-{part}", self.id))
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}
