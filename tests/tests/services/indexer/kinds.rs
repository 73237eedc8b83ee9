//! What the mirror makes of every kind of receipt and account.

use crate::support::{database::Mirror, rows::key};
use anyhow::{Context, Result};
use bytemuck::{Zeroable, bytes_of};
use solana_address::Address;
use tessera_client::EVENT_HEAD_LEN;
use tessera_indexer::{
    decode::{readings, receipt as decode},
    node::Reading,
};
use tessera_store::{
    Source, U64,
    mirror::{
        cursor,
        receipt::{self, NewReceipt, Place},
    },
};
use tessera_types::{
    LAYOUT_VERSION,
    accounts::{AccountType, Header, NullifierPage},
    events::{
        AuthorityAccepted, AuthorityProposed, CampaignCreated, Cancelled, Charged, Closed,
        CodeCreated, CodeOffered, CodeTransferred, CommissionClaimed, CommissionReleased,
        ConfigSet, EventType, Harvested, InvoicePaid, IssuerSet, LedgerOpened, LedgerShare,
        MemberRegistered, OrgCreated, OrgPaused, OrgUpdated, PageOpened, Paused, PaymentMissed,
        PlanChanged, PlanCreated, PlanSunset, PointsAwarded, PointsRedeemed, PoolCreated,
        PoolFunded, Receipt, Refunded, Resumed, RootSet, Settlement, Staked, Subscribed, Unstaked,
        VoucherClaimed,
    },
};

/// A receipt as the chain carries it, the `number`th of a history.
fn recorded<E: EventType>(number: u8, event: &E, shares: &[LedgerShare]) -> Result<NewReceipt> {
    let mut raw = [&E::DISCRIMINATOR[..], bytes_of(event)].concat();
    for share in shares {
        raw.extend_from_slice(bytes_of(share));
    }
    let place = Place {
        slot: number.into(),
        tx_index: 0,
        outer_ix: 0,
        inner_ix: 0,
    };
    let decoded = decode(place, [number; 64], &raw)?;
    assert_eq!(decoded.body, raw[EVENT_HEAD_LEN..]);
    Ok(decoded)
}

/// First receipt of an account of its own.
fn head(number: u8) -> Receipt {
    Receipt {
        account: Address::new_from_array([number; 32]),
        life: 4,
        seq: 1,
        at: 1_000,
    }
}

#[tokio::test]
async fn every_kind_is_stored_under_its_name() -> Result<()> {
    let mut history = Vec::new();
    macro_rules! of_each {
        ($($kind:ident)*) => {
            $({
                let number = u8::try_from(history.len() + 1)?;
                let event = $kind {
                    receipt: head(number),
                    ..$kind::zeroed()
                };
                history.push(recorded(number, &event, &[])?);
            })*
        };
    }
    of_each! {
        ConfigSet AuthorityProposed AuthorityAccepted OrgCreated OrgUpdated OrgPaused PlanCreated
        PlanSunset IssuerSet CodeCreated CodeOffered CodeTransferred MemberRegistered Subscribed
        Charged PlanChanged PaymentMissed Cancelled Resumed Paused Refunded InvoicePaid
        PointsAwarded PointsRedeemed LedgerOpened CommissionReleased CommissionClaimed
        CampaignCreated RootSet PageOpened VoucherClaimed PoolCreated PoolFunded Staked Unstaked
        Harvested Closed
    }
    let mirror = Mirror::create().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    cursor::init(conn, key(1, 1), 0).await?;
    receipt::insert(conn, &history, true).await?;
    let stored = receipt::page(conn, None, 100).await?;
    let names = |kind: &str, body: &[u8]| (kind.to_owned(), body.to_vec());
    let stored = stored.iter().map(|row| names(&row.kind, &row.body));
    assert!(stored.eq(history.iter().map(|it| names(it.kind, &it.body))));
    Ok(())
}

#[test]
fn a_plan_that_follows_later_is_no_payment_and_a_refund_takes_commission_back() -> Result<()> {
    let paid = Settlement {
        debit: 70,
        debt_repaid: 2,
        points_expired: 3,
        period_start: 1_000,
        paid_through: 4_600,
        flags: Settlement::LEDGER_CLOSED_2,
        tier: 1,
        ..Settlement::zeroed()
    };
    let changed = |number, settlement| PlanChanged {
        receipt: head(number),
        credit: 30,
        quote_nonce: 7,
        settlement,
        ..PlanChanged::zeroed()
    };
    let refunded = Refunded {
        receipt: head(3),
        amount: 50,
        from_vault: 4,
        ..Refunded::zeroed()
    };
    let share = |amount| LedgerShare {
        ledger: Address::new_from_array([9; 32]),
        amount,
    };
    let later = recorded(1, &changed(1, Settlement::zeroed()), &[])?;
    let now = recorded(2, &changed(2, paid), &[share(7), share(0)])?;
    let back = recorded(3, &refunded, &[share(5), share(0)])?;
    assert_eq!(
        (later.charge, later.refund, now.refund, back.charge),
        (None, None, None, None)
    );
    let charge = now.charge.context("a payment")?;
    assert_eq!(charge.debit, U64(70));
    assert_eq!((charge.credit, charge.quote_nonce), (U64(30), Some(U64(7))));
    assert_eq!(
        (charge.debt_repaid, charge.points_expired, charge.tier),
        (U64(2), U64(3), 1)
    );
    let refund = back.refund.context("a refund")?;
    assert_eq!((refund.amount, refund.from_vault), (U64(50), U64(4)));
    let amounts =
        |of: &NewReceipt| -> Vec<_> { of.commissions.iter().map(|(_, amount)| *amount).collect() };
    assert_eq!(amounts(&later), []);
    assert_eq!(amounts(&now), [7.into(), 0.into()]);
    assert_eq!(amounts(&back), [(-5).into(), 0.into()]);
    Ok(())
}

#[test]
fn what_stays_of_an_org_that_closed_is_no_account() {
    let address = Address::new_from_array([1; 32]);
    let stub = [&[0xff; 8][..], bytes_of(&Header::zeroed())].concat();
    let reading = Reading {
        slot: 5,
        accounts: vec![(address, Some(stub))],
    };
    let found = readings(&reading, Source::Update);
    assert!(found.rows.is_empty() && found.letters.is_empty());
    assert_eq!(found.gone.len(), 1);
}

#[test]
fn a_page_keeps_its_vouchers_in_order() {
    let mut page = NullifierPage::zeroed();
    page.header.version = LAYOUT_VERSION;
    page.campaign = Address::new_from_array(key(1, 1).0);
    for index in [0, 9, 64, 8_191] {
        assert!(page.take(index));
    }
    let data = [&NullifierPage::DISCRIMINATOR[..], bytes_of(&page)].concat();
    let reading = Reading {
        slot: 5,
        accounts: vec![(Address::new_from_array([1; 32]), Some(data))],
    };
    let found = readings(&reading, Source::Update);
    let claimed = &found.rows.nullifier_page[0].claimed;
    let bits: Vec<usize> = (0..claimed.len() * 8)
        .filter(|bit| claimed[bit / 8] >> (bit % 8) & 1 == 1)
        .collect();
    assert_eq!(bits, [0, 9, 64, 8_191]);
}
