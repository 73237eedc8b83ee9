//! A service of the organisation's own choice: a POST of the domain, with a key, is answered by facts.

use super::{
    lookups::{Asked, Lookups, Problem, beginning, sent, unless_failed},
    provider::Provider,
};
use crate::Result;
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};
use tessera_domain::{
    automation::webhook::endpoint_url,
    leads::enrichment::{Attribute, Fact, MAX_VALUE_CHARS, MailDomain, Source},
    time::Timestamp,
};

/// How much of an answer is read.
const MAX_BYTES: usize = 1 << 16;
/// Most facts that are taken.
const MAX_FACTS: usize = 100;
/// Most characters of the name of a technology.
const MAX_NAME_CHARS: usize = 100;

/// A service that is asked with a key.
pub(super) struct Service {
    pub(super) lookups: Lookups,
    pub(super) url: String,
    pub(super) key: String,
}

/// What a service answers. What is not known here is left out.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    facts: Vec<Value>,
}

#[derive(Deserialize)]
struct Stated {
    attribute: Attribute,
    value: String,
}

impl Provider for Service {
    fn name(&self) -> &'static str {
        "provider"
    }

    fn sources(&self) -> &'static [Source] {
        &[Source::Provider]
    }

    fn look<'a>(
        &'a self,
        company: &'a MailDomain,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<Asked<Vec<Fact>>>> {
        Box::pin(async move {
            let client = self.lookups.client()?;
            // Another setting may have been in force when it was given, and an address needs no resolver.
            let url = match endpoint_url(&self.url, self.lookups.reach()) {
                Ok(url) => url,
                Err(refusal) => return Ok(Err(Problem::new(refusal.to_string()))),
            };
            let request = client
                .post(url)
                .bearer_auth(&self.key)
                .header(CONTENT_TYPE, "application/json")
                .header(ACCEPT, "application/json")
                .body(json!({ "domain": company.domain }).to_string());
            let asked = async {
                let response = sent(request).await?;
                unless_failed(&response)?;
                let body = beginning(response, MAX_BYTES).await?;
                facts(&body, at)
            };
            Ok(asked.await)
        })
    }
}

fn facts(body: &[u8], at: Timestamp) -> Asked<Vec<Fact>> {
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|_| Problem::new("the answer is not a list of facts of at most 64 KiB"))?;
    let stated = answer.facts.into_iter().take(MAX_FACTS);
    let fact = |it: Value| {
        let Stated { attribute, value } = serde_json::from_value(it).ok()?;
        let fits = fits(&value, MAX_VALUE_CHARS) && is_short(&attribute);
        fits.then_some(Fact {
            attribute,
            value,
            source: Source::Provider,
            seen_at: at,
        })
    };
    Ok(stated.filter_map(fact).collect())
}

fn is_short(attribute: &Attribute) -> bool {
    match attribute {
        Attribute::Technology { name } => fits(name, MAX_NAME_CHARS),
        _ => true,
    }
}

fn fits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
