//! What is worth it: effects that are too small are not shipped, and are given up once none is larger.

use super::phase::{Phase, codes, primary, share};
use serde_json::json;
use tessera_domain::experiments::decision::{Action, Decision};

fn after(sides: &str, people: i64, sold: [i64; 2], method: serde_json::Value) -> Decision {
    let rules = json!({
        "decision": { "worthwhile_bps": 1_000 },
        "statistics": { "sides": sides, "method": method, "correction": "none" },
    });
    let mut phase = Phase::of(&[5_000, 5_000], primary(1), json!([share()]), &rules);
    phase.rates(0, 0, people, &[sold[0]]);
    phase.rates(0, 1, people, &[sold[1]]);
    phase.after(30).decision
}

fn sequential() -> serde_json::Value {
    json!({ "sequential": { "tuned_for": 10_000 } })
}

#[test]
fn what_cannot_be_worth_it_is_stopped_where_only_improvements_are_looked_for() {
    for sold in [[20_000, 15_000], [20_000, 20_000]] {
        let decision = after("improvement", 100_000, sold, sequential());
        assert_eq!(decision.action, Action::Stop, "{decision:?}");
        assert_eq!(codes(&decision), ["worthwhile"]);
    }
    let open = after("improvement", 2_000, [400, 400], sequential());
    assert_eq!(open.action, Action::KeepGoing);
}

#[test]
fn what_is_better_by_too_little_is_not_shipped() {
    // Better by 5 %, and by no more than 8 %.
    let decision = after("both", 100_000, [20_000, 21_000], sequential());
    assert_eq!(
        (decision.action, codes(&decision)[0]),
        (Action::Stop, "worthwhile")
    );
    // Better by 9 %, and perhaps by more than 10 %.
    let decision = after("both", 10_000, [2_000, 2_180], sequential());
    assert_eq!(decision.action, Action::KeepGoing, "{decision:?}");
    let decision = after("both", 40_000, [8_000, 8_720], sequential());
    assert_eq!(decision.action, Action::KeepGoing, "{decision:?}");
    assert_eq!(codes(&decision), ["worthwhile", "better"]);
    let decision = after("both", 40_000, [8_000, 9_000], sequential());
    assert_eq!(decision.action, Action::Ship, "{decision:?}");
    // A test that is read once learns no more.
    let fixed = json!({ "fixed": { "planned_people": 80_000 } });
    let decision = after("both", 40_000, [8_000, 8_720], fixed);
    assert_eq!(
        (decision.action, codes(&decision)[0]),
        (Action::Stop, "worthwhile")
    );
}
