//! Version 1 of the model: the exact weights of the product's specification, and the chain's events
//! as a group of their own. Each rule counts once, nothing decays, and no group has a cap.

use super::{
    count::Count,
    model::{Group, Rule, ScoringModel},
};
use crate::{
    event::{AGENT_PROPERTY, Agent, MACHINE_PROPERTY},
    filter::{Condition, EventFilter, Operator},
};
use serde_json::Value;

const SEGMENTS: [(&str, i32); 4] = [
    ("institution", 50),
    ("mining_farm", 45),
    ("trader", 35),
    ("individual", 20),
];
const BEHAVIOR: [(&str, i32); 5] = [
    ("api_documentation_viewed", 15),
    ("pricing_page_visited", 25),
    ("demo_requested", 40),
    ("whitepaper_downloaded", 20),
    ("github_repo_visited", 10),
];
const EMAIL: [(&str, i32); 2] = [("email_opened", 5), ("email_clicked", 10)];
const ENGAGEMENT: [(&str, i32); 2] = [("webinar_attended", 30), ("content_shared", 15)];
const INTENTS: [(&str, i32); 4] = [
    ("large_mining_operation", 45),
    ("institutional_trading", 40),
    ("dex_integration", 35),
    ("api_access", 30),
];
const ON_CHAIN: [(&str, i32); 7] = [
    ("registered", 10),
    ("subscribed", 40),
    ("charged", 30),
    ("referred", 20),
    ("redeemed", 10),
    ("cancelled", -30),
    ("past_due", -20),
];

/// The model with which every organisation begins.
pub fn seed_model() -> ScoringModel {
    let segments = SEGMENTS.map(|(segment, points)| Rule {
        count: Count::Latest,
        ..rule(
            "demographics",
            segment,
            having("identified", "segment", segment),
            points,
        )
    });
    let emails = EMAIL.map(|(event, points)| {
        let not = |property: &str, value: Value| Condition {
            property: property.to_owned(),
            operator: Operator::Not,
            value,
        };
        let by_a_person = EventFilter {
            conditions: vec![
                not(MACHINE_PROPERTY, true.into()),
                not(AGENT_PROPERTY, Agent::Machine.as_str().into()),
                not(AGENT_PROPERTY, Agent::Unknown.as_str().into()),
            ],
            ..EventFilter::named(event)
        };
        rule("engagement", event, by_a_person, points)
    });
    let intents = INTENTS.map(|(intent, points)| {
        rule(
            "intent",
            intent,
            having("intent_declared", "intent", intent),
            points,
        )
    });
    let named = |group, table: &[(&'static str, i32)]| {
        let rules = table
            .iter()
            .map(|(event, points)| rule(group, event, EventFilter::named(*event), *points));
        rules.collect::<Vec<Rule>>()
    };
    let groups = [
        "demographics",
        "behavior",
        "engagement",
        "intent",
        "on_chain",
    ];
    ScoringModel {
        groups: groups
            .map(|name| Group {
                name: name.to_owned(),
                cap: None,
            })
            .into(),
        rules: segments
            .into_iter()
            .chain(named("behavior", &BEHAVIOR))
            .chain(emails)
            .chain(named("engagement", &ENGAGEMENT))
            .chain(intents)
            .chain(named("on_chain", &ON_CHAIN))
            .collect(),
    }
}

fn rule(group: &str, id: &str, when: EventFilter, points: i32) -> Rule {
    Rule {
        id: id.to_owned(),
        group: group.to_owned(),
        when,
        points,
        count: Count::UpTo(1),
        decay_days: None,
    }
}

fn having(event: &str, property: &str, value: &str) -> EventFilter {
    let condition = Condition {
        property: property.to_owned(),
        operator: Operator::Equal,
        value: value.into(),
    };
    only_if(event, condition)
}

fn only_if(event: &str, condition: Condition) -> EventFilter {
    EventFilter {
        conditions: vec![condition],
        ..EventFilter::named(event)
    }
}
