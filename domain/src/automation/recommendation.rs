//! Which plans and products to show a person next, learned from what people took.
//!
//! Law: the method in force is one that beat popularity on people's later choices, or popularity itself
//! (a method can look good and still be no better than that: Ferrari Dacrema, Cremonesi and Jannach 2019).
//! A model has no other method in it, and says why it has this one.
//!
//! Law: nobody is in a model. It is about items; a person's own history is an argument of each question, so
//! a model that is trained without a person is the one that there would be if they had never come.
//!
//! Law: the same interactions in any order, the same settings and the same seed give the same bytes. What a
//! person has already and what is not sold is never recommended, equals are in the order of their ids, and
//! each recommendation has its reason.

mod als;
mod catalogue;
mod cooccurrence;
mod evaluation;
mod histories;
mod holdout;
mod interactions;
mod kept;
mod likeness;
pub mod metrics;
mod model;
mod popularity;
mod ranker;
mod reason;
mod recipient;
mod recommender;
mod rules;
mod scores;
mod settings;
mod tastes;
mod train;

pub use als::{Als, Taste, factorise};
pub use catalogue::{Catalogue, Listing, MAX_ATTRIBUTES};
pub use cooccurrence::{Cooccurrence, LEAST_PEOPLE, Neighbour};
pub use evaluation::{Candidate, Evaluation, Gain, MIN_TESTED, Measures, Why};
pub use histories::Histories;
pub use holdout::{HeldOut, MAX_TESTED, held_out};
pub use interactions::{Interaction, Interactions, MAX_ID_CHARS, MAX_WEIGHT};
pub use kept::MAX_BYTES;
pub use model::{Method, Model};
pub use popularity::{LEAST_GROUP, MAX_GROUPS};
pub use reason::Reason;
pub use recipient::{MAX_HISTORY, Recipient};
pub use recommender::{MAX_SHOWN, Recommendation, Recommendations, Recommender};
pub use rules::{
    Group, LearningRules, MAX_ITEM_CHARS, MAX_LEARNED_DAYS, MAX_SOURCES, Material, Named, PLAN,
    PRODUCT, Source, Taking,
};
pub use settings::{Limits, Settings};
pub use train::{Groups, evaluate, train};
