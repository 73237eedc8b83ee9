//! The sales engine, through its API.

mod capture;
mod leads;
mod people;
mod persons;
mod predictions;
mod scoring_models;
mod sign_in;
mod tenancy;
mod tenant;
