//! The rules as a caller sees them: properties that always hold, and answers of other implementations.

mod prediction;
mod scoring;
