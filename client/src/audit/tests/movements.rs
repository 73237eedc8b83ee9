//! Where tokens went against where receipts say.

use super::story::{self, ANN, CHARGED, Facts, TOKEN, snapshot};
use crate::{
    audit::{Auditor, Check, Passing, Scope},
    model::Transfer,
};
use tessera_types::Address;

const KEEPER: Address = Address::new_from_array([90; 32]);

fn sent(from: Address, to: Address, amount: u64) -> Transfer {
    Transfer { from, to, amount }
}

/// What is found when the receipt at a place moved this.
#[track_caller]
fn findings(place: usize, moved: &[Transfer]) -> Vec<(Check, Address)> {
    let mut auditor = Auditor::new(Scope::default());
    for (at, raw) in snapshot(&Facts::default()).events.iter().enumerate() {
        auditor.take(&Passing {
            slot: None,
            transaction: None,
            raw,
            transfers: (at == place).then_some(moved),
        });
    }
    let findings = auditor.report().findings.iter();
    findings.map(|it| (it.check, it.account)).collect()
}

fn charge() -> [Transfer; 3] {
    [
        sent(TOKEN, story::destination(), 895),
        sent(TOKEN, story::vault(), 100),
        sent(TOKEN, KEEPER, 5),
    ]
}

#[test]
fn a_payment_that_went_elsewhere_is_named() {
    let named = [(Check::Charges, story::subscription())];
    let [merchant, vault, keeper] = charge();
    for moved in [
        vec![],
        vec![merchant, vault],
        vec![sent(TOKEN, ANN, 895), vault, keeper],
        vec![sent(ANN, merchant.to, 895), vault, keeper],
        vec![sent(TOKEN, merchant.to, 894), vault, keeper],
        vec![merchant, sent(TOKEN, ANN, 100), keeper],
        vec![merchant, vault, keeper, sent(TOKEN, ANN, 1)],
        vec![merchant, vault, keeper, keeper],
    ] {
        assert_eq!(findings(CHARGED, &moved), named, "{moved:?}");
    }
    assert_eq!(findings(CHARGED, &charge()), []);
    assert_eq!(findings(CHARGED, &[keeper, vault, merchant]), []);
}

#[test]
fn a_claim_leaves_the_vault_for_where_the_member_wants_it() {
    let named = [(Check::Commission, story::ledger())];
    let claimed = 12;
    for moved in [
        sent(story::vault(), KEEPER, 100),
        sent(TOKEN, ANN, 100),
        sent(story::vault(), ANN, 99),
    ] {
        assert_eq!(findings(claimed, &[moved]), named, "{moved:?}");
    }
    assert_eq!(findings(claimed, &[sent(story::vault(), ANN, 100)]), []);
}

#[test]
fn a_receipt_that_states_no_movement_is_left_alone() {
    assert_eq!(findings(1, &[sent(TOKEN, ANN, 5)]), []);
}
