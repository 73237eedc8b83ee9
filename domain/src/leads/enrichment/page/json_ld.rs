//! The organisation that a page's structured data describes, in the vocabulary of schema.org
//! (<https://schema.org/Organization>). What is no such data, or nested too deeply, is not there.

use super::tidy;
use crate::capture::MAX_COMPANY_SIZE;
use serde_json::{Map, Value};

/// Kinds of organisation that companies call themselves.
const KINDS: [&str; 7] = [
    "Organization",
    "Corporation",
    "OnlineBusiness",
    "LocalBusiness",
    "FinancialService",
    "ProfessionalService",
    "OnlineStore",
];
/// Most nodes of a page that are looked at.
const MAX_NODES: usize = 1_000;
/// Most addresses that say the same.
const MAX_SAME_AS: usize = 50;
/// Years in which companies were founded.
const YEARS: std::ops::RangeInclusive<u16> = 1000..=2999;

/// What structured data says of an organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organisation {
    /// The name that it goes by.
    pub name: Option<String>,
    /// The name that it is registered by.
    pub legal_name: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// Where it is, as ISO 3166 alpha-2.
    pub country: Option<String>,
    /// How many people work there.
    pub employees: Option<u64>,
    /// The year of its foundation.
    pub founded: Option<u16>,
    /// Addresses of its profiles.
    pub same_as: Vec<String>,
}

/// The first organisation with a name in these blocks.
pub(super) fn organisation(blocks: &[String]) -> Option<Organisation> {
    let parsed = blocks.iter().filter_map(|it| serde_json::from_str(it).ok());
    let parsed: Vec<Value> = parsed.collect();
    let nodes = parsed.iter().flat_map(nodes).take(MAX_NODES);
    nodes
        .filter(|it| is_organisation(it))
        .map(Organisation::of)
        .find(|it| it.name.is_some())
}

/// The nodes that a block describes: it is one, a list of them, or a graph.
fn nodes(block: &Value) -> Vec<&Map<String, Value>> {
    let listed = match block {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    };
    let nodes = listed.into_iter().filter_map(Value::as_object);
    nodes
        .flat_map(|node| {
            let graph = node.get("@graph").and_then(Value::as_array);
            let inner = graph.into_iter().flatten().filter_map(Value::as_object);
            std::iter::once(node).chain(inner)
        })
        .take(MAX_NODES)
        .collect()
}

fn is_organisation(node: &Map<String, Value>) -> bool {
    texts(node.get("@type")).any(|it| {
        let kind = it.trim_start_matches("https://schema.org/");
        KINDS.contains(&kind.trim_start_matches("http://schema.org/"))
    })
}

impl Organisation {
    fn of(node: &Map<String, Value>) -> Self {
        let text = |name: &str| texts(node.get(name)).next().and_then(tidy);
        let address = node.get("address").map(|it| it.get(0).unwrap_or(it));
        let founded = text("foundingDate");
        Self {
            name: text("name"),
            legal_name: text("legalName"),
            description: text("description"),
            country: address
                .and_then(|it| it.get("addressCountry"))
                .and_then(country),
            employees: node.get("numberOfEmployees").and_then(employees),
            founded: founded
                .and_then(|it| it.get(..4)?.parse().ok().filter(|it| YEARS.contains(it))),
            same_as: texts(node.get("sameAs"))
                .take(MAX_SAME_AS)
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// The texts of a value, which is one or a list of them.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let (one, list) = match value {
        Some(Value::Array(items)) => (None, items.as_slice()),
        other => (other, [].as_slice()),
    };
    one.into_iter().chain(list).filter_map(Value::as_str)
}

/// Two letters; a country's name says as much, but not which one to a program.
fn country(value: &Value) -> Option<String> {
    let named = value.get("name").unwrap_or(value);
    let code = named.as_str()?.trim();
    let is_code = code.len() == 2 && code.bytes().all(|it| it.is_ascii_alphabetic());
    is_code.then(|| code.to_ascii_uppercase())
}

/// A number of people, or the least of a range of them.
fn employees(value: &Value) -> Option<u64> {
    let stated = ["value", "minValue"].iter().find_map(|it| value.get(it));
    let stated = stated.unwrap_or(value);
    let number = stated
        .as_u64()
        .or_else(|| stated.as_str()?.trim().parse().ok())?;
    (1..=MAX_COMPANY_SIZE).contains(&number).then_some(number)
}
