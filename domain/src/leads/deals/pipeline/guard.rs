//! Whether a deal may make a move in its pipeline, with what is known of it and of its lead.

use super::{
    definition::{Pipeline, PipelineStage},
    requirement::{Requirement, Subject},
};
use crate::refusal::Refusal;
use serde_json::{Map, Value};

/// What is known of a deal and its lead, by the names of fields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// Fields of the deal.
    pub deal: Map<String, Value>,
    /// Fields and traits of the lead.
    pub lead: Map<String, Value>,
}

/// Why a deal may not make a move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PipelineMoveError {
    /// The pipeline has no such stage: it was changed since.
    #[error("{field}: must be a stage of the pipeline")]
    UnknownStage {
        /// `from` or `to`.
        field: &'static str,
    },
    /// The pipeline has no such move.
    #[error("to: a deal cannot go from {from} to {to}")]
    NoSuchMove {
        /// The stage that the deal is in.
        from: String,
        /// The one that was asked for.
        to: String,
    },
    /// Something must be known first.
    #[error("{}", listed(.0))]
    Requires(
        /// Every field that is missing or wrong.
        Vec<Refusal>,
    ),
}

fn listed(refusals: &[Refusal]) -> String {
    let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl Pipeline {
    /// The stage that a deal reaches by a move, if it may make it.
    ///
    /// # Errors
    /// Why it may not. All that must be known first is listed, so that one attempt shows it.
    pub fn advance(
        &self,
        from: &str,
        to: &str,
        known: &Known,
    ) -> Result<&PipelineStage, PipelineMoveError> {
        let find = |field, name| {
            let unknown = PipelineMoveError::UnknownStage { field };
            self.stage(name).ok_or(unknown)
        };
        let (left, reached) = (find("from", from)?, find("to", to)?);
        if !left.next.contains(&reached.name) {
            let (from, to) = (left.name.clone(), reached.name.clone());
            return Err(PipelineMoveError::NoSuchMove { from, to });
        }
        let missing = reached.missing(known);
        if missing.is_empty() {
            Ok(reached)
        } else {
            Err(PipelineMoveError::Requires(missing))
        }
    }
}

impl PipelineStage {
    /// What must be known before a deal enters this stage, and is not.
    pub fn missing(&self, known: &Known) -> Vec<Refusal> {
        let refused = self.requires.iter().map(|it| it.check(known.value(it)));
        refused.filter_map(Result::err).collect()
    }
}

impl Known {
    fn value(&self, requirement: &Requirement) -> &Value {
        let fields = match requirement.of {
            Subject::Deal => &self.deal,
            Subject::Lead => &self.lead,
        };
        fields.get(&requirement.field).unwrap_or(&Value::Null)
    }
}
