//! What a pipeline is made of.

use super::requirement::Requirement;
use crate::leads::deals::Stage;
use serde::{Deserialize, Serialize};

/// Most stages of a pipeline.
pub const MAX_STAGES: usize = 30;
/// Most requirements of a stage.
pub const MAX_REQUIREMENTS: usize = 30;
/// Most characters of a title.
pub const MAX_TITLE_CHARS: usize = 100;

/// A stage of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineStage {
    /// Its name, unique in the pipeline.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// The stage of every deal that it counts as.
    pub stands_for: Stage,
    /// The names of the stages that a deal can reach from it.
    #[serde(default)]
    pub next: Vec<String>,
    /// What must be known before a deal enters it.
    #[serde(default)]
    pub requires: Vec<Requirement>,
}

/// A pipeline. Deals begin in its first stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Its stages.
    pub stages: Vec<PipelineStage>,
}

impl Pipeline {
    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&PipelineStage> {
        self.stages.iter().find(|it| it.name == name)
    }
}
