//! User agents against the npm package isbot, over those of known crawlers and of browsers in use.

use serde::Deserialize;
use tessera_domain::{capture::agent_of, event::Agent};

#[derive(Deserialize)]
struct Fixture {
    machines: Vec<String>,
    others: Vec<String>,
}

fn fixture() -> Fixture {
    let text = include_str!("../../../tests/oracles/fixtures/agents.json");
    serde_json::from_str(text).expect("a fixture")
}

#[test]
fn what_isbot_takes_for_a_machine_is_no_person() {
    let Fixture { machines, .. } = fixture();
    assert!(machines.len() > 1_000);
    let people: Vec<&String> = machines
        .iter()
        .filter(|agent| agent_of(Some(agent)) == Agent::Human)
        .collect();
    assert_eq!(people, Vec::<&String>::new());
    // Proxies of mail providers are machines to the package, and unknown here.
    let unknown = machines
        .iter()
        .filter(|agent| agent_of(Some(agent)) == Agent::Unknown);
    let proxies: Vec<&String> = unknown.collect();
    assert!(proxies.len() < 5, "{proxies:?}");
}

#[test]
fn what_isbot_takes_for_no_machine_is_none() {
    let Fixture { others, .. } = fixture();
    assert!(others.len() > 50);
    for agent in others {
        assert_ne!(agent_of(Some(&agent)), Agent::Machine, "{agent}");
    }
}
