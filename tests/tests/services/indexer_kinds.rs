//! What the mirror makes of every kind of event and account.

use crate::{api_rows::key, database::Mirror};
use anyhow::Result;
use bytemuck::{Zeroable, bytes_of};
use solana_address::Address;
use tessera_client::Event;
use tessera_indexer::{
    decode::{EventRows, readings},
    history::ChainEvent,
    source::Reading,
};
use tessera_store::{Source, U64, event};
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

/// An event as the chain carries it, the `number`th of a history.
fn recorded<E: EventType>(number: u8, event: &E, shares: &[LedgerShare]) -> Result<ChainEvent> {
    let mut raw = [&E::DISCRIMINATOR[..], bytes_of(event)].concat();
    for share in shares {
        raw.extend_from_slice(bytes_of(share));
    }
    Ok(ChainEvent {
        signature: [number; 64].into(),
        slot: number.into(),
        outer: 0,
        inner: 0,
        event: Event::decode(&raw)?,
        raw,
    })
}

/// First receipt of an account of its own.
fn receipt(number: u8) -> Receipt {
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
                    receipt: receipt(number),
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
    let names: Vec<String> = history
        .iter()
        .map(|recorded| recorded.event.name().to_owned())
        .collect();
    let rows = EventRows::number(history, 0);
    let mirror = Mirror::create().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    event::insert(
        conn,
        &rows.events,
        &rows.charges,
        &rows.refunds,
        &rows.commissions,
    )
    .await?;
    let stored = event::all(conn).await?;
    assert!(stored.iter().map(|row| &row.kind).eq(&names));
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
        receipt: receipt(number),
        credit: 30,
        quote_nonce: 7,
        settlement,
        ..PlanChanged::zeroed()
    };
    let refunded = Refunded {
        receipt: receipt(3),
        amount: 50,
        from_vault: 4,
        ..Refunded::zeroed()
    };
    let share = |amount| LedgerShare {
        ledger: Address::new_from_array([9; 32]),
        amount,
    };
    let rows = EventRows::number(
        vec![
            recorded(1, &changed(1, Settlement::zeroed()), &[])?,
            recorded(2, &changed(2, paid), &[share(7), share(0)])?,
            recorded(3, &refunded, &[share(5), share(0)])?,
        ],
        0,
    );
    let [charge] = rows.charges.as_slice() else {
        anyhow::bail!("{:?}", rows.charges)
    };
    assert_eq!((charge.position, charge.debit), (2, U64(70)));
    assert_eq!((charge.credit, charge.quote_nonce), (U64(30), Some(U64(7))));
    assert_eq!(
        (charge.debt_repaid, charge.points_expired, charge.tier),
        (U64(2), U64(3), 1)
    );
    assert_eq!(
        (rows.refunds[0].amount, rows.refunds[0].from_vault),
        (U64(50), U64(4))
    );
    let levels: Vec<_> = rows
        .commissions
        .iter()
        .map(|share| (share.position, share.level, share.amount))
        .collect();
    assert_eq!(
        levels,
        [
            (2, 1, 7.into()),
            (2, 2, 0.into()),
            (3, 1, (-5).into()),
            (3, 2, 0.into())
        ]
    );
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
    assert!(found.rows.is_empty() && found.problems.is_empty());
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
