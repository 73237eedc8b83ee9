//! Who asks, and what they may do. A request's `Authorization` is looked up once, before anything
//! else; handlers name the scope that they need in their arguments, so that none is forgotten.

mod address;
mod agent;
mod authenticate;
mod limiter;
mod page;
mod principal;
mod scope;

pub(crate) use agent::agent;
pub(crate) use authenticate::authenticate;
pub(crate) use limiter::Limiter;
pub use limiter::RateLimit;
pub(crate) use page::{SDK_FEATURES, is_for_pages};
pub(crate) use principal::{Session, caller};
pub(crate) use scope::{Administer, Anyone, Capture, Configure, Identify, Needs, Read, Sell};
