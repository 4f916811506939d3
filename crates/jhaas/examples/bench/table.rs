//! Medians, and the table of what was measured.

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 4]>,
    notes: Vec<String>,
}

impl Table {
    /// A value that must not be larger than the bound.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, bound: f64, unit: &str) {
        let verdict = if measured <= bound { "" } else { " **missed**" };
        self.rows.push([
            what.to_owned(),
            format!("{measured:.1} {unit}"),
            format!("≤ {bound:.1} {unit}"),
            format!("{:.2}{verdict}", measured / bound),
        ]);
    }

    pub(crate) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    pub(crate) fn print(&self, runs: usize) {
        println!("\nMedian of {runs} runs.\n");
        println!("| what | measured | target | ratio |\n| --- | --- | --- | --- |");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
        println!();
        for note in &self.notes {
            println!("- {note}");
        }
    }
}
