//! The public API: what it answers of the mirror.

mod browser;
mod connections;
mod event_kinds;
mod events;
mod lists;
mod openapi;
mod pages;
mod parameters;
mod pools;
mod referrals;
mod service;
mod singles;
mod stats;
mod strangers;
mod wallets;
