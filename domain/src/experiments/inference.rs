//! What may be concluded about one metric between the base arm of an experiment and another arm.
//!
//! Laws: a bound excludes "no effect" exactly where the p-value is below alpha, whatever the
//! method, the side and the scale; and what cannot be computed is none, and is never significant.
//!
//! A metric's [`estimate`] of each arm, by times where weights moved ([`strata`]), adjusted by what people did before ([`adjustment`]), gives
//! an [`effect`] with its standard error. A method makes [`evidence`] of it: [`fixed`], for an
//! experiment with one look, or [`sequence`], for one that is looked at whenever one
//! likes. The critical value of the evidence bounds the absolute and the relative effect alike.

pub mod adjustment;
pub mod bayes;
pub mod comparison;
pub mod drift;
pub mod effect;
pub mod estimate;
pub mod evidence;
pub mod fixed;
pub mod interval;
pub mod power;
pub mod quantile;
pub mod sequence;
pub mod strata;
