//! What a phase shows of counts that are made up: what is compared, what decides, and why.

mod arms;
mod fixed;
mod guardrails;
mod moved;
mod phase;
mod texts;
mod thresholds;
