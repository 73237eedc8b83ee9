//! The audit as JSON: docs/audit.md says what each field means. Numbers that may be above 2^53 are
//! decimal strings.

use super::{Mismatch, Proof};
use serde_json::{Value, json};
use solana_hash::Hash;
use solana_signature::Signature;
use tessera_client::{
    audit::{Check, Finding, MintTotals, Report, Scope, Totals},
    types::{Address, ID},
};

/// Version of the format: changes when a field is removed or changes its meaning; fields may be
/// added.
pub const VERSION: u32 = 1;

/// The report of a completed audit.
pub fn report(
    proof: &Proof,
    scope: &Scope,
    same_program: Option<bool>,
    mirror: Option<&[Mismatch]>,
    clean: bool,
) -> Value {
    let report = &proof.report;
    json!({
        "version": VERSION,
        "complete": true,
        "clean": clean,
        "network": Hash::new_from_array(proof.genesis).to_string(),
        "program": ID.to_string(),
        "scope": {
            "org": scope.org.map(|it| it.to_string()),
            "wallet": scope.wallet.map(|it| it.to_string()),
        },
        "slot": proof.position.slot.to_string(),
        "since": proof.since.map(|slot| slot.to_string()),
        "transactions": proof.figures.transactions.to_string(),
        "receipts": proof.figures.receipts.to_string(),
        "checkpoint_left": proof.left_checkpoint,
        "checks": Check::ALL.map(|check| checked(report, check)),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "notices": report.notices.iter().map(finding).collect::<Vec<_>>(),
        "totals": totals(&report.totals),
        "program_is_deployed": same_program,
        "mirror": mirror.map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>()),
    })
}

/// The report of an audit that was not completed.
pub fn incomplete(error: &str) -> Value {
    json!({ "version": VERSION, "complete": false, "error": error })
}

fn checked(report: &Report, check: Check) -> Value {
    let count = |counts: &std::collections::BTreeMap<Check, u64>| {
        counts.get(&check).copied().unwrap_or(0).to_string()
    };
    json!({
        "check": check.to_string(),
        "checked": count(&report.checked),
        "wrong": count(&report.wrong),
    })
}

fn finding(it: &Finding) -> Value {
    json!({
        "check": it.check.to_string(),
        "account": it.account.to_string(),
        "receipt": it.seq.map(|seq| seq.to_string()),
        "transaction": it.transaction.map(|it| Signature::from(it).to_string()),
        "detail": it.detail,
    })
}

fn totals(it: &Totals) -> Value {
    json!({
        "members": it.members.to_string(),
        "live_subscriptions": it.live_subscriptions.to_string(),
        "receipts": it.receipts.to_string(),
        "charges": it.charges.to_string(),
        "invoices": it.invoices.to_string(),
        "points": it.points.to_string(),
        "mints": it.mints.iter().map(money).collect::<Vec<_>>(),
    })
}

fn money((mint, it): (&Address, &MintTotals)) -> Value {
    json!({
        "mint": mint.to_string(),
        "paid": it.paid.to_string(),
        "merchant": it.merchant.to_string(),
        "keeper_fees": it.keeper_fees.to_string(),
        "commission": it.commission.to_string(),
        "refunded": it.refunded.to_string(),
        "claimed": it.claimed.to_string(),
        "vaults": it.vaults.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Figures;
    use tessera_client::audit::Position;

    fn proof(report: Report) -> Proof {
        Proof {
            report,
            genesis: [2; 32],
            position: Position {
                slot: 9,
                last: None,
            },
            since: None,
            figures: Figures::default(),
            left_checkpoint: false,
        }
    }

    #[test]
    fn numbers_are_strings_and_what_is_unknown_is_null() {
        let mut found = Report::default();
        let finding = Finding {
            check: Check::Charges,
            account: ID,
            seq: Some(u64::MAX),
            transaction: Some([1; 64]),
            detail: "debit".to_owned(),
        };
        found.findings.push(finding);
        found.wrong.insert(Check::Charges, 3);
        found.totals.mints.insert(ID, MintTotals::default());
        let json = report(&proof(found), &Scope::default(), Some(true), None, false);
        assert_eq!(json["findings"][0]["receipt"], "18446744073709551615");
        let signature = Signature::from([1; 64]).to_string();
        assert_eq!(json["findings"][0]["transaction"], signature);
        assert_eq!(json["checks"][3]["check"], "charges");
        assert_eq!(json["checks"][3]["wrong"], "3");
        assert_eq!(
            (&json["since"], &json["mirror"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(
            (&json["slot"], &json["clean"]),
            (&json!("9"), &json!(false))
        );
        assert_eq!(json["totals"]["mints"][0]["vaults"], "0");
    }

    #[test]
    fn the_fields_are_those_that_the_documentation_lists() {
        let json = report(
            &proof(Report::default()),
            &Scope::default(),
            None,
            None,
            true,
        );
        let documented = include_str!("../../../docs/audit.md");
        let (_, documented) = documented.split_once("## JSON").expect("a chapter");
        let (documented, _) = documented.split_once("## Time").expect("its end");
        let fields = json.as_object().expect("an object").keys();
        for field in fields.chain(json["totals"].as_object().expect("an object").keys()) {
            assert!(documented.contains(&format!("`{field}`")), "{field}");
        }
        let ended = incomplete("no");
        assert_eq!(
            ended,
            json!({"version": 1, "complete": false, "error": "no"})
        );
    }
}
