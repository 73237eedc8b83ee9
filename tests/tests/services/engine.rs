//! The sales engine, through its API.

mod builder;
mod capture;
mod funnel_counts;
mod funnel_events;
mod funnels;
mod sign_in;
mod tenancy;
mod tenant;
