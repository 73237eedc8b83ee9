//! docs/accounts.md and docs/receipts.md are what the types say: `UPDATE_ACCOUNTS=1` writes them
//! again.

mod accounts;
mod carriers;
mod idl;
mod markdown;
mod quote;
mod receipts;
mod voucher;

use tessera_client::types::{
    accounts::{
        Authority, Campaign, Claim, Code, Config, Header, Invoice, Issuer, Ledger, Member,
        NullifierPage, Org, OrgSettings, Plan, Position, StakePool, Subscription,
        SubscriptionState, Terms, Tier,
    },
    args::{CreateCampaignArgs, CreatePlanArgs},
    describe::{Described, Field, Valued},
    events::{
        AuthorityAccepted, AuthorityProposed, CampaignCreated, Cancelled, Charged, Closed,
        CodeCreated, CodeOffered, CodeTransferred, CommissionClaimed, CommissionReleased,
        ConfigSet, Harvested, InvoicePaid, IssuerSet, LedgerOpened, LedgerShare, MemberRegistered,
        OrgCreated, OrgPaused, OrgUpdated, PageOpened, Paused, PaymentMissed, PlanChanged,
        PlanCreated, PlanSunset, PointsAwarded, PointsRedeemed, PoolCreated, PoolFunded, Receipt,
        Refunded, Resumed, RootSet, Settlement, Staked, Subscribed, Unstaked, VoucherClaimed,
    },
    quote::Quote,
    voucher::Voucher,
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
    macro_rules! check {
        ($($kind:ident,)*) => {
            $(gapless($kind::FIELDS, size_of::<$kind>());)*
        };
    }
    check! {
        Header, Config, Org, OrgSettings, Tier, Plan, Member, Subscription, Terms,
        Authority, Invoice, Ledger, Code, Issuer, Campaign, NullifierPage, Claim,
        StakePool, Position,
        Receipt, Settlement, LedgerShare, CreatePlanArgs, CreateCampaignArgs,
        ConfigSet, AuthorityProposed, AuthorityAccepted, OrgCreated, OrgUpdated,
        OrgPaused, PlanCreated, PlanSunset, IssuerSet, CodeCreated, CodeOffered,
        CodeTransferred, MemberRegistered, PointsAwarded, PointsRedeemed, Subscribed,
        Charged, PaymentMissed, Cancelled, Resumed, Paused, PlanChanged, InvoicePaid,
        Refunded, LedgerOpened, CommissionReleased, CommissionClaimed, CampaignCreated,
        RootSet, PageOpened, VoucherClaimed, PoolCreated, PoolFunded, Staked, Unstaked,
        Harvested, Closed,
    }
    gapless(&quote::FIELDS, size_of::<Quote>());
    gapless(&voucher::FIELDS, size_of::<Voucher>());
}

#[test]
fn named_values_are_those_that_the_code_uses() {
    fn values<T: Valued>() -> Vec<u8> {
        T::VALUES.iter().map(|value| value.value).collect()
    }
    assert_eq!(values::<Config>(), [Config::PAUSE_CREATION]);
    assert_eq!(values::<Org>(), [Org::PAUSE_SUBSCRIBE, Org::PAUSE_CHARGE]);
    assert_eq!(
        values::<Plan>(),
        [Plan::PERMANENT_DELEGATE, Plan::METERED, Plan::PRORATED]
    );
    assert_eq!(values::<Member>(), [Member::TRIAL_USED]);
    assert_eq!(values::<Campaign>(), [Campaign::CUMULATIVE]);
    assert_eq!(
        values::<Settlement>(),
        [
            Settlement::VAULT_FROZEN,
            Settlement::LEDGER_CLOSED_1,
            Settlement::LEDGER_CLOSED_2,
            Settlement::LEDGER_CLOSED_3,
            Settlement::PLAN_FOLLOWED,
            Settlement::STATED,
        ]
    );
    let codes = values::<SubscriptionState>();
    let known = (0..=u8::MAX).filter(|code| SubscriptionState::from_code(*code).is_some());
    assert_eq!(codes, known.collect::<Vec<u8>>());
}
