//! The pipeline of an organisation that has stated none: the stages of every deal and all moves between
//! them.

use super::definition::{Pipeline, PipelineStage};
use crate::leads::deals::Stage;

/// The stages of every deal as a pipeline. It requires nothing.
pub fn standard_pipeline() -> Pipeline {
    let stages = Stage::ALL.into_iter().map(|stage| PipelineStage {
        name: stage.to_string(),
        title: title(stage).to_owned(),
        stands_for: stage,
        next: stage.next().iter().map(ToString::to_string).collect(),
        requires: Vec::new(),
    });
    Pipeline {
        stages: stages.collect(),
    }
}

fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "New",
        Stage::Qualified => "Qualified",
        Stage::DemoScheduled => "Demo scheduled",
        Stage::DemoHeld => "Demo held",
        Stage::Proposal => "Proposal",
        Stage::Won => "Won",
        Stage::Lost => "Lost",
    }
}
