//! docs/accounts.md and docs/receipts.md are what the types say: `UPDATE_ACCOUNTS=1` writes them
//! again.

mod accounts;
mod carriers;
mod markdown;
mod quote;
mod receipts;

use tessera_client::types::{
    accounts::{
        Authority, Code, Header, Issuer, Ledger, Member, Org, Plan, Subscription,
        SubscriptionState, Terms, Tier,
    },
    args::CreatePlanArgs,
    describe::{Described, Field, Valued},
    events::{
        Cancelled, Charged, CodeCreated, CommissionClaimed, IssuerSet, LedgerOpened, LedgerShare,
        MemberRegistered, OrgCreated, PlanCreated, PointsAwarded, PointsRedeemed, Receipt,
        Settlement, Subscribed,
    },
    quote::Quote,
};

/// The documents, by name in `docs`.
fn documents() -> [(&'static str, String); 2] {
    [
        ("accounts.md", accounts::document()),
        ("receipts.md", receipts::document()),
    ]
}

fn path(name: &str) -> String {
    format!("{}/../docs/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_documents_say_what_the_types_say() {
    let update = std::env::var_os("UPDATE_ACCOUNTS").is_some();
    for (name, generated) in documents() {
        if update {
            std::fs::write(path(name), &generated).expect(name);
        }
        let committed = std::fs::read_to_string(path(name)).unwrap_or_default();
        assert!(
            committed == generated,
            "docs/{name} is stale: UPDATE_ACCOUNTS=1 cargo test -p tessera-client"
        );
    }
}

/// What only Rust has leads readers of other languages nowhere.
#[test]
fn the_documents_do_not_point_into_the_source() {
    for (name, generated) in documents() {
        for pointer in ["crate", "super::", "](", "[`"] {
            assert!(!generated.contains(pointer), "{pointer} in {name}");
        }
    }
}

#[test]
fn fields_leave_no_gap() {
    fn gapless(fields: &[Field], len: usize) {
        let mut end = 0;
        for field in fields {
            assert_eq!(field.offset, end, "{}", field.name);
            end += field.len;
        }
        assert_eq!(end, len);
    }
    fn check<T: Described>() {
        gapless(T::FIELDS, size_of::<T>());
    }
    check::<Header>();
    check::<Org>();
    check::<Tier>();
    check::<Plan>();
    check::<Member>();
    check::<Subscription>();
    check::<Terms>();
    check::<Authority>();
    check::<Ledger>();
    check::<Code>();
    check::<Issuer>();
    check::<Receipt>();
    check::<Settlement>();
    check::<LedgerShare>();
    check::<CreatePlanArgs>();
    check::<OrgCreated>();
    check::<PlanCreated>();
    check::<IssuerSet>();
    check::<CodeCreated>();
    check::<MemberRegistered>();
    check::<Subscribed>();
    check::<Charged>();
    check::<Cancelled>();
    check::<PointsAwarded>();
    check::<PointsRedeemed>();
    check::<LedgerOpened>();
    check::<CommissionClaimed>();
    gapless(&quote::FIELDS, size_of::<Quote>());
}

#[test]
fn named_values_are_those_that_the_code_uses() {
    fn values<T: Valued>() -> Vec<u8> {
        T::VALUES.iter().map(|value| value.value).collect()
    }
    assert_eq!(values::<Org>(), [Org::PAUSE_SUBSCRIBE, Org::PAUSE_CHARGE]);
    assert_eq!(values::<Plan>(), [Plan::PERMANENT_DELEGATE]);
    assert_eq!(values::<Settlement>(), [Settlement::VAULT_FROZEN]);
    let codes = values::<SubscriptionState>();
    let known = (0..=u8::MAX).filter(|code| SubscriptionState::from_code(*code).is_some());
    assert_eq!(codes, known.collect::<Vec<u8>>());
}
