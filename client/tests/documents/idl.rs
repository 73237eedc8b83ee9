//! idl/tessera.json, in the form of Anchor's IDL 0.1.0: instructions as Anchor prints them from the
//! program's source (`scripts/idl`), accounts, events, errors and types as `tessera-types` has them.
//! `UPDATE_IDL=1` writes it again.

use crate::markdown::{element_and_len, plain};
use serde_json::{Map, Value, json};
use tessera_client::types::{
    ID, TesseraError,
    accounts::*,
    args::*,
    describe::{Described, Field},
    events::*,
};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../idl/tessera.json");
const PRINTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/idl/program.json");

/// A type as the IDL names it.
fn type_of(name: &str) -> Value {
    if let Some((element, len)) = element_and_len(name) {
        return json!({ "array": [type_of(element), len] });
    }
    match name {
        "Address" => json!("pubkey"),
        number if number.starts_with(['u', 'i']) => json!(number),
        part => json!({ "defined": { "name": part } }),
    }
}

fn docs(about: &str) -> Value {
    json!([plain(about)])
}

fn field(field: &Field) -> Value {
    json!({
        "name": field.name,
        "docs": docs(field.about),
        "type": type_of(field.type_name),
    })
}

fn structure<T: Described>(name: &str) -> Value {
    json!({
        "name": name,
        "docs": docs(T::ABOUT),
        "serialization": "bytemuck",
        "repr": { "kind": "c" },
        "type": { "kind": "struct", "fields": T::FIELDS.iter().map(field).collect::<Vec<_>>() },
    })
}

/// What the IDL says of each account, event and part.
#[derive(Default)]
struct Kinds {
    accounts: Vec<Value>,
    events: Vec<Value>,
    types: Vec<Value>,
}

impl Kinds {
    fn account<T: AccountType>(&mut self) {
        self.accounts
            .push(json!({ "name": T::NAME, "discriminator": T::DISCRIMINATOR }));
        self.types.push(structure::<T>(T::NAME));
    }

    fn event<T: EventType>(&mut self) {
        self.events
            .push(json!({ "name": T::NAME, "discriminator": T::DISCRIMINATOR }));
        self.types.push(structure::<T>(T::NAME));
    }
}

macro_rules! each {
    ($kinds:ident.$method:ident: $($type:ident)*) => { $($kinds.$method::<$type>();)* };
}

macro_rules! parts {
    ($kinds:ident: $($type:ident)*) => {
        $($kinds.types.push(structure::<$type>(stringify!($type)));)*
    };
}

fn kinds() -> Kinds {
    let mut kinds = Kinds::default();
    each!(kinds.account: Authority Campaign Claim Code Config Invoice Issuer Ledger Member NullifierPage
        Org Plan Position StakePool Subscription);
    each!(kinds.event: AuthorityAccepted AuthorityProposed CampaignCreated Cancelled Charged Closed
        CodeCreated CodeOffered CodeTransferred CommissionClaimed CommissionReleased ConfigSet
        Harvested InvoicePaid IssuerSet LedgerOpened MemberRegistered OrgCreated OrgPaused OrgUpdated
        PageOpened Paused PaymentMissed PlanChanged PlanCreated PlanSunset PointsAwarded
        PointsRedeemed PoolCreated PoolFunded Refunded Resumed RootSet Staked Subscribed Unstaked
        VoucherClaimed);
    parts!(kinds: Header OrgSettings Tier Terms Receipt Settlement LedgerShare AwardArgs CancelArgs
        ChangePlanArgs ChargeUpToArgs ClaimCommissionArgs ClaimVoucherArgs ConfigArgs
        CreateCampaignArgs CreateCodeArgs CreateOrgArgs CreatePlanArgs CreatePoolArgs FundPoolArgs
        OpenPageArgs PauseArgs PauseOrgArgs PayInvoiceArgs ProposeAuthorityArgs RedeemArgs RefundArgs
        ResumeArgs SetIssuerArgs SetRootArgs SignedTerms StakeArgs SubscribeArgs SunsetPlanArgs
        TransferCodeArgs UpdateOrgArgs);
    kinds
}

fn errors() -> Vec<Value> {
    let error =
        |it: &TesseraError| json!({ "code": *it as u32, "name": it.name(), "msg": it.message() });
    TesseraError::ALL.iter().map(error).collect()
}

/// The IDL, with `instructions` as Anchor prints them.
fn idl(instructions: &Value) -> Value {
    let Kinds {
        accounts,
        events,
        types,
    } = kinds();
    let mut idl = Map::new();
    idl.insert("address".into(), json!(ID.to_string()));
    let description = "Referrals, loyalty points and subscription payments in tokens. Events ride \
                       the calls that the program makes, and are not logged: see docs/receipts.md.";
    idl.insert(
        "metadata".into(),
        json!({
            "name": "tessera",
            "version": env!("CARGO_PKG_VERSION"),
            "spec": "0.1.0",
            "description": description,
        }),
    );
    idl.insert("instructions".into(), instructions.clone());
    idl.insert("accounts".into(), json!(accounts));
    idl.insert("events".into(), json!(events));
    idl.insert("errors".into(), json!(errors()));
    idl.insert("types".into(), json!(types));
    Value::Object(idl)
}

#[test]
fn the_idl_is_what_source_and_types_say() {
    let printed = std::fs::read_to_string(PRINTED).expect("scripts/idl comes first");
    let printed: Value = serde_json::from_str(&printed).expect("what Anchor printed");
    let mut generated = serde_json::to_string_pretty(&idl(&printed["instructions"])).expect("JSON");
    generated.push('\n');
    if std::env::var_os("UPDATE_IDL").is_some() {
        std::fs::write(COMMITTED, &generated).expect(COMMITTED);
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == generated,
        "idl/tessera.json is stale: scripts/idl && UPDATE_IDL=1 cargo test -p tessera-client idl"
    );
}

/// Every type that is named is there, under one name only.
#[test]
fn the_idl_leaves_no_type_undefined() {
    let kinds = kinds();
    let names: Vec<&str> = kinds
        .types
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len());
    let committed = std::fs::read_to_string(COMMITTED).expect(COMMITTED);
    for (_, named) in committed
        .match_indices("\"defined\": {")
        .map(|(at, _)| (at, &committed[at..]))
    {
        let name = named.split('"').nth(5).expect("a name");
        assert!(names.contains(&name), "{name}");
    }
}
