//! An organisation's own pipeline: stages of its own, the moves between them, and what must be known of a
//! deal and its lead before a deal enters one.
//!
//! Each stage stands for one of the seven that every deal has, so that funnels, win rates and corrections
//! count deals of all pipelines alike. A pipeline can only narrow the moves between those: its every move
//! is one of theirs, or stays within one of them.

mod definition;
mod guard;
mod requirement;
mod standard;
mod validate;

pub use definition::{MAX_REQUIREMENTS, MAX_STAGES, MAX_TITLE_CHARS, Pipeline, PipelineStage};
pub use guard::{Known, PipelineMoveError};
pub use requirement::{DEAL_FIELDS, LEAD_FIELDS, Requirement, Subject};
pub use standard::standard_pipeline;
