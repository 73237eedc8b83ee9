//! What was measured, printed as it comes and kept for the table.

use anyhow::Result;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Figures by name.
#[derive(Debug, Default)]
pub(crate) struct Report(Map<String, Value>);

impl Report {
    /// Notes a figure.
    pub(crate) fn note(&mut self, name: &str, figure: f64, unit: &str) {
        println!("{name}: {figure:.3} {unit}");
        self.0
            .insert(name.to_owned(), json!({ "figure": figure, "unit": unit }));
    }

    /// Writes the figures as JSON.
    pub(crate) fn write(self, path: &Path) -> Result<()> {
        std::fs::write(path, serde_json::to_string_pretty(&self.0)? + "\n")?;
        Ok(())
    }
}
