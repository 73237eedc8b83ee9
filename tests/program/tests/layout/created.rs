//! An account that is created begins, behind its header, with the fields of its first event: the
//! program copies them in one piece.

use tessera_client::types::{
    accounts::{
        AccountType, Campaign, Code, Header, Issuer, Ledger, Member, NullifierPage, Org, Plan,
        StakePool,
    },
    args::{CreateCampaignArgs, CreatePlanArgs},
    describe::{Described, Field},
    events::{
        CampaignCreated, CodeCreated, EventType, IssuerSet, LedgerOpened, MemberRegistered,
        OrgCreated, PageOpened, PlanCreated, PoolCreated, Receipt,
    },
};

/// Name, offset behind `base` and length of each field that says something.
fn placed(fields: &[Field], base: usize) -> Vec<(&'static str, usize, usize)> {
    fields
        .iter()
        .filter(|field| field.offset >= base && field.name != "spare")
        .map(|field| (field.name, field.offset - base, field.len))
        .collect()
}

fn assert_begins_with<T: AccountType, E: EventType>() {
    let account = placed(T::FIELDS, size_of::<Header>());
    for (name, offset, len) in placed(E::FIELDS, size_of::<Receipt>()) {
        let parts = match (name, E::FIELDS.iter().find(|it| it.name == name)) {
            ("terms", Some(terms)) if terms.type_name == "CreatePlanArgs" => {
                placed(CreatePlanArgs::FIELDS, 0)
            }
            ("terms", Some(_)) => placed(CreateCampaignArgs::FIELDS, 0),
            // An org's creator is its first authority.
            ("authority", Some(_)) => vec![("creator", 0, len)],
            _ => vec![(name, 0, len)],
        };
        for (name, within, len) in parts {
            let expected = (name, offset + within, len);
            assert!(account.contains(&expected), "{}: {expected:?}", T::NAME);
        }
    }
}

#[test]
fn accounts_begin_with_the_fields_of_their_first_event() {
    assert_begins_with::<Org, OrgCreated>();
    assert_begins_with::<Plan, PlanCreated>();
    assert_begins_with::<Code, CodeCreated>();
    assert_begins_with::<Member, MemberRegistered>();
    assert_begins_with::<Issuer, IssuerSet>();
    assert_begins_with::<Ledger, LedgerOpened>();
    assert_begins_with::<Campaign, CampaignCreated>();
    assert_begins_with::<NullifierPage, PageOpened>();
    assert_begins_with::<StakePool, PoolCreated>();
}
