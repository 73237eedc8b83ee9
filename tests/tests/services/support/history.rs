//! Receipts as the program would have carried them, with complete lives, numbered as it would have
//! numbered them, and decoded as the index decodes them.

use crate::support::rows::Row;
use anyhow::Result;
use bytemuck::{Zeroable, bytes_of, cast_slice};
use std::collections::HashMap;
use tessera_indexer::decode;
use tessera_store::{
    Key, PgConnection, PgPool,
    mirror::{
        accounts::AccountRow,
        cursor::{self, Moment},
        receipt::{self, NewReceipt, Place},
        subscription::SubscriptionRow,
    },
};
use tessera_types::{
    Address, NO_ADDRESS,
    events::{
        Charged, CodeCreated, EventType, LedgerOpened, LedgerShare, MemberRegistered, OrgCreated,
        PlanCreated, Receipt, Settlement, Subscribed,
    },
};

/// The network that tests mirror.
pub(crate) const GENESIS: Key = Key([1; 32]);

/// The life of every account that a test does not open again.
const LIFE: u64 = 4;

/// A trial, which moves nothing.
pub(crate) const TRIAL: Settlement = Settlement {
    debit: 0,
    merchant: 0,
    keeper_fee: 0,
    debt_repaid: 0,
    points: 0,
    points_expired: 0,
    period_start: 1_000,
    paid_through: 4_600,
    levels: 0,
    flags: 0,
    tier: 0,
    spare: [0; 5],
};

/// A history under construction.
#[derive(Default)]
pub(crate) struct History {
    /// Its receipts; number `n` is in slot `100 + n`, at second `1000 + n`.
    pub(crate) receipts: Vec<NewReceipt>,
    /// The second of the next ones, if it is another.
    pub(crate) at: Option<i64>,
    /// Slot of creation and number of the last receipt.
    lives: HashMap<Key, (u64, u64)>,
}

pub(crate) fn address(key: Key) -> Address {
    Address::new_from_array(key.0)
}

/// Begins to mirror the network.
pub(crate) async fn follow(conn: &mut PgConnection) -> Result<()> {
    cursor::init(conn, GENESIS, 0).await?;
    Ok(())
}

impl History {
    /// With the first receipts of what these rows are of.
    pub(crate) fn of<R: Row>(rows: &[R]) -> Self {
        let mut history = Self::default();
        history.open(rows);
        history
    }

    /// Appends the first receipts of what these rows are of; subscriptions begin with a trial.
    pub(crate) fn open<R: Row>(&mut self, rows: &[R]) {
        for row in rows {
            self.open_one(row.clone().account());
        }
    }

    fn open_one(&mut self, row: AccountRow) {
        let account = row.address();
        match row {
            AccountRow::Org(row) => self.push(account, |receipt| OrgCreated {
                receipt,
                authority: address(row.authority),
                id: row.id.0,
                cluster_tag: row.cluster_tag,
                ..OrgCreated::zeroed()
            }),
            AccountRow::Plan(row) => self.push(account, |receipt| PlanCreated {
                receipt,
                org: address(row.org),
                mint: address(row.mint),
                ..PlanCreated::zeroed()
            }),
            AccountRow::Member(row) => self.push(account, |receipt| MemberRegistered {
                receipt,
                org: address(row.org),
                wallet: address(row.wallet),
                referrers: [row.referrer_1, row.referrer_2, row.referrer_3]
                    .map(|referrer| referrer.map_or(NO_ADDRESS, address)),
                code: row.code.map_or([0; 16], |code| padded(&code)),
            }),
            AccountRow::Code(row) => self.push(account, |receipt| CodeCreated {
                receipt,
                org: address(row.org),
                owner: address(row.owner),
                code: padded(&row.code),
            }),
            AccountRow::Ledger(row) => self.push(account, |receipt| LedgerOpened {
                receipt,
                org: address(row.org),
                wallet: address(row.wallet),
                mint: address(row.mint),
            }),
            AccountRow::Subscription(row) => self.pay(&row, TRIAL, &[]),
            row => panic!("no test opens {row:?}"),
        }
    }

    /// Appends a payment of a subscription: the first one signs it.
    pub(crate) fn pay(
        &mut self,
        row: &SubscriptionRow,
        settlement: Settlement,
        shares: &[LedgerShare],
    ) {
        if self
            .lives
            .get(&row.address)
            .is_some_and(|(_, seq)| *seq > 0)
        {
            return self.shared(row.address, shares, |receipt| Charged {
                receipt,
                settlement,
            });
        }
        self.shared(row.address, shares, |receipt| Subscribed {
            receipt,
            plan: address(row.first_plan),
            wallet: address(row.wallet),
            payer_token: address(row.payer_token),
            quote_nonce: row.quote_nonce.0,
            settlement,
            ..Subscribed::zeroed()
        });
    }

    /// Opens an account again that was closed: its receipts count from 1.
    pub(crate) fn reopen(&mut self, account: Key) {
        let life = 101 + self.receipts.len() as u64;
        self.lives.insert(account, (life, 0));
    }

    /// Appends the event that `event` makes of the account's next receipt.
    pub(crate) fn push<E: EventType>(&mut self, account: Key, event: impl FnOnce(Receipt) -> E) {
        self.shared(account, &[], event);
    }

    /// The same of an event that shares of the referral levels follow.
    pub(crate) fn shared<E: EventType>(
        &mut self,
        account: Key,
        shares: &[LedgerShare],
        event: impl FnOnce(Receipt) -> E,
    ) {
        let number = u8::try_from(self.receipts.len() + 1).expect("a short history");
        let (life, seq) = self.lives.entry(account).or_insert((LIFE, 0));
        *seq += 1;
        let receipt = Receipt {
            account: address(account),
            life: *life,
            seq: *seq,
            at: self.at.unwrap_or(1_000 + i64::from(number)),
        };
        let raw = [
            &E::DISCRIMINATOR[..],
            bytes_of(&event(receipt)),
            cast_slice(shares),
        ]
        .concat();
        let place = Place {
            slot: 100 + i64::from(number),
            tx_index: number.into(),
            outer_ix: 1,
            inner_ix: 2,
        };
        let decoded = decode::receipt(place, [number; 64], &raw);
        self.receipts
            .push(decoded.expect("an event of the program"));
    }

    /// Writes it as what stays.
    pub(crate) async fn store(&self, mirror: &PgPool) -> Result<()> {
        store(mirror, &self.receipts).await
    }
}

/// Writes receipts as what stays. What the network's clock shows is for the test to say.
pub(crate) async fn store(mirror: &PgPool, receipts: &[NewReceipt]) -> Result<()> {
    let mut transaction = mirror.begin().await?;
    follow(&mut transaction).await?;
    receipt::insert(&mut transaction, receipts, true).await?;
    let last = receipts.last().map_or(0, |last| last.place.slot);
    cursor::settle(&mut transaction, Moment { slot: last, at: 0 }).await?;
    transaction.commit().await?;
    Ok(())
}

pub(crate) fn padded(text: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    bytes
}
