//! Which arm a visitor sees, by the published hash of the open `GrowthBook` format, so that a page with
//! its SDK and this server agree without asking each other.
//!
//! Law: the arm follows from the payload, the visitor's attributes and the remembered arms alone. Two
//! running experiments of a namespace never hold the same identifier, and a coverage that grows moves
//! nobody who had an arm.
//!
//! A payload leaves out of the format what its SDKs read in more than one way. JavaScript 1.8.0, which is
//! what runs in browsers, and Python 4.0.0 differ in
//!
//! - a `force` with a `coverage`: the identifiers whose bucket *is* the coverage have the value in JavaScript
//!   (`<=`) and not in Python (`<`). No rule of ours forces a part of the visitors; ranges of arms and of
//!   filters hold their lower end and not their upper in both.
//! - a `force` of `null`: a rule in JavaScript, none in Python. No arm's value is `null`.
//!
//! Two differences concern remembered arms and remain; answers here are those of JavaScript:
//!
//! - Python looks at a rule's `condition` before it looks for a remembered arm: visitors who have left the
//!   segment leave the experiment, where they keep their arm in JavaScript.
//! - Python copies what is remembered under a fallback into the document of the first identifier, for all
//!   experiments, once one with a fallback has been looked at: others without a fallback find it there.
//!
//! Explicit `ranges` say what `coverage` and `weights` would, to the bucket: from weights both SDKs add up
//! binary fractions, 0.1 + 0.2 is more than 0.3, and bucket 3,000 goes to the arm before.

mod allocation;
mod arm;
mod attributes;
mod bucket;
mod change;
mod evaluation;
mod holdout;
mod payload;
mod rule;
mod sticky;
mod targeting;

pub use allocation::{Allocation, BPS, MAX_BUCKET_VERSION};
pub use arm::{Arm, MAX_ARMS, MAX_VALUE_BYTES, check_key};
pub use attributes::{Attributes, HashAttribute};
pub use bucket::{BucketRange, HashVersion, Position, arm_ranges, hash};
pub use evaluation::{Assignment, Evaluation, Source};
pub use holdout::{GENERAL, HELD_OUT, HOLDOUT_PREFIX, Holdout};
pub use payload::{Definition, Payload};
pub(crate) use sticky::versioned;
pub use sticky::{StickyDocument, StickyDocuments};
pub use targeting::{MAX_SEGMENTS, Namespace, Segments};
