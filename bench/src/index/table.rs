//! What was measured: printed as it comes, then as a table with ratios and goals, and kept as JSON.

use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;

/// Which side of a goal is the good one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

/// Figures in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Value>);

impl Table {
    /// Notes a figure.
    pub(crate) fn note(&mut self, what: &str, figure: f64, unit: &str) {
        self.add(what, figure, unit, None);
    }

    /// Notes a figure that has a goal.
    pub(crate) fn judge(&mut self, what: &str, figure: f64, unit: &str, goal: Goal) {
        self.add(what, figure, unit, Some(goal));
    }

    fn add(&mut self, what: &str, figure: f64, unit: &str, goal: Option<Goal>) {
        let (text, met) = match goal {
            None => (String::new(), None),
            Some(Goal::AtLeast(least)) => (format!(">= {least}"), Some(figure >= least)),
            Some(Goal::AtMost(most)) => (format!("<= {most}"), Some(figure <= most)),
        };
        println!("{what}: {figure:.3} {unit} {text}");
        self.0.push(json!({
            "what": what, "figure": figure, "unit": unit, "goal": text, "met": met,
        }));
    }

    /// Prints all figures, and writes them as JSON.
    pub(crate) fn write(self, path: &Path) -> Result<()> {
        println!("\n| what | figure | unit | goal | met |\n|---|---|---|---|---|");
        for row in &self.0 {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let met = match row["met"].as_bool() {
                None => "",
                Some(true) => "yes",
                Some(false) => "NO",
            };
            let figure = row["figure"].as_f64().unwrap_or_default();
            let (what, unit, goal) = (text("what"), text("unit"), text("goal"));
            println!("| {what} | {figure:.3} | {unit} | {goal} | {met} |");
        }
        std::fs::write(path, serde_json::to_string_pretty(&self.0)? + "\n")?;
        Ok(())
    }
}

/// How many a second.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) fn rate(count: usize, secs: f64) -> f64 {
    count as f64 / secs
}
