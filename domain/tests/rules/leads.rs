//! What is done about a lead: who gets it, by when it is followed up, through which stages its deal goes,
//! what is known of its company, and what a plan is worth to a farm.

mod facts;
mod hours;
mod mail;
mod mining;
mod pages;
mod pipelines;
mod provenance;
mod routing;
mod social;
mod tasks;
mod technologies;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tessera_domain::{leads::working_hours::WorkingHours, time::Timestamp};

fn moment(text: &str) -> Timestamp {
    read(text.into())
}

fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("valid JSON")
}

/// Nine to five from Monday to Friday, in a zone.
fn office(zone: &str) -> WorkingHours {
    let day = serde_json::json!([{ "from": "09:00", "until": "17:00" }]);
    read(serde_json::json!({
        "zone": zone,
        "week": {
            "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day,
        },
    }))
}
