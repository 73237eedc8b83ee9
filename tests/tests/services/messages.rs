//! Messages to people, through the API and a real mail server.

mod arms;
mod clicks;
mod inbox;
mod journeys;
mod killed;
mod limits;
mod outcomes;
mod reports;
mod sending;
mod templates;
mod unsubscribing;
