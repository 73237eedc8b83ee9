//! The sales engine, through its API.

mod attribution;
mod capture;
mod checkout;
mod deals;
mod identity;
mod kpis;
mod lifetime_value;
mod offers;
mod past;
mod paths;
mod payments;
mod price_books;
mod quotes;
mod recurring_revenue;
mod referral_links;
mod retention;
mod shop;
mod builder;
mod capture;
mod funnel_events;
mod funnels;
mod sign_in;
mod spend;
mod survival;
mod tenancy;
mod tenant;
