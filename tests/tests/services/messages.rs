//! Messages to people, through the API and a real mail server.

mod arms;
mod audiences;
mod clicks;
mod domain_rates;
mod inbox;
mod journeys;
mod killed;
mod limits;
mod live_inbox;
mod outcomes;
mod reports;
mod sending;
mod templates;
mod unsubscribing;
