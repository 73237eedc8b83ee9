//! Who is likely to buy, and what is done about it: scores by rules, probabilities by trained models, deals
//! and their pipelines, who gets a lead and by when it is followed up, what is known of its company, and
//! what a plan is worth to a mining farm.

pub mod deals;
pub mod enrichment;
pub mod mining;
pub mod prediction;
pub mod provenance;
pub mod routing;
pub mod scoring;
pub mod tasks;
pub mod working_hours;
