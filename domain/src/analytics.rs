//! Questions answered from the events of all people.

pub mod attribution;
pub mod funnel;
pub mod kpi;
pub mod lifetime_value;
pub mod paths;
mod reading;
pub mod recurring_revenue;
pub mod retention;
pub mod subscriptions;
pub mod succession;
pub mod survival;

pub use reading::Reading;
