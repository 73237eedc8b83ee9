//! All kinds of accounts together: every operation applies to the table of each kind.

use crate::{
    Key, Result,
    mirror::{
        authority::AuthorityRow, campaign::CampaignRow, chain_feed, claim::ClaimRow, code::CodeRow,
        config::ConfigRow, invoice::InvoiceRow, issuer::IssuerRow, ledger::LedgerRow,
        member::MemberRow, nullifier_page::NullifierPageRow, org::OrgRow, plan::PlanRow, record,
        stake_pool::StakePoolRow, stake_position::StakePositionRow, subscription::SubscriptionRow,
    },
};
use sqlx::PgConnection;

macro_rules! accounts {
    ($($(#[$doc:meta])* $table:ident: $variant:ident($row:ty),)*) => {
        /// The row of any account.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum AccountRow {
            $($(#[$doc])* $variant($row),)*
        }

        impl AccountRow {
            /// The account's address.
            pub fn address(&self) -> Key {
                match self {
                    $(Self::$variant(row) => row.address,)*
                }
            }

            /// The slot at which it was read.
            pub fn slot(&self) -> i64 {
                match self {
                    $(Self::$variant(row) => row.slot,)*
                }
            }
        }

        /// Rows of every kind.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Accounts {
            $($(#[$doc])* pub $table: Vec<$row>,)*
        }

        impl Extend<AccountRow> for Accounts {
            fn extend<I: IntoIterator<Item = AccountRow>>(&mut self, rows: I) {
                for row in rows {
                    match row {
                        $(AccountRow::$variant(row) => self.$table.push(row),)*
                    }
                }
            }
        }

        impl Accounts {
            /// Number of rows.
            pub fn len(&self) -> usize {
                0 $(+ self.$table.len())*
            }

            /// Adds the rows of `other`.
            pub fn append(&mut self, mut other: Self) {
                $(self.$table.append(&mut other.$table);)*
            }

            /// Keeps the rows of which `keep` is true.
            pub fn retain(&mut self, keep: impl Fn(&Key) -> bool) {
                $(self.$table.retain(|row| keep(&row.address));)*
            }

            /// Yields each row by itself.
            pub fn singly(self) -> impl Iterator<Item = AccountRow> {
                std::iter::empty()$(.chain(self.$table.into_iter().map(AccountRow::$variant)))*
            }

            /// Addresses of all rows.
            pub fn addresses(&self) -> Vec<Key> {
                [$(self.$table.iter().map(|row| row.address).collect::<Vec<_>>(),)*].concat()
            }

            /// Splits into parts of at most `size` rows of each kind, so that no statement grows
            /// without bound.
            pub fn chunks(mut self, size: usize) -> impl Iterator<Item = Self> {
                std::iter::from_fn(move || {
                    let part = Self {
                        $($table: {
                            let rest = self.$table.split_off(size.min(self.$table.len()));
                            std::mem::replace(&mut self.$table, rest)
                        },)*
                    };
                    (!part.is_empty()).then_some(part)
                })
            }
        }

        /// Stores readings, at most one for each address. A reading replaces the stored one unless
        /// that is of a later slot. Returns how many rows changed.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn upsert(conn: &mut PgConnection, rows: &Accounts) -> Result<u64> {
            let changed = 0 $(+ record::upsert(&mut *conn, &rows.$table).await?)*;
            chain_feed::announce_payments(conn, &rows.subscription).await?;
            Ok(changed)
        }

        /// Marks accounts of any kind as gone at `slot`, unless a later reading found them. Returns
        /// how many rows changed.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn close(conn: &mut PgConnection, addresses: &[Key], slot: i64) -> Result<u64> {
            if addresses.is_empty() {
                return Ok(0);
            }
            Ok(0 $(+ record::close::<$row>(&mut *conn, addresses, slot).await?)*)
        }

        /// Addresses whose reading differs from the stored one of an older slot.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn differing(conn: &mut PgConnection, rows: &Accounts) -> Result<Vec<Key>> {
            let mut found = Vec::new();
            $(found.append(&mut record::differing(&mut *conn, &rows.$table).await?);)*
            Ok(found)
        }

        /// Live stored addresses, read before `slot`, that are not [`seen`](mark_seen); at most
        /// `limit` of each kind.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn unseen(conn: &mut PgConnection, slot: i64, limit: i64) -> Result<Vec<Key>> {
            let mut missing = Vec::new();
            $(missing.append(&mut record::unseen::<$row>(&mut *conn, slot, limit).await?);)*
            Ok(missing)
        }

        /// Every row of every kind, by address.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn all(conn: &mut PgConnection) -> Result<Accounts> {
            Ok(Accounts { $($table: record::all(&mut *conn).await?,)* })
        }
    };
}

accounts! {
    /// The program's own settings.
    config: Config(ConfigRow),
    /// Businesses.
    org: Org(OrgRow),
    /// Keys that award points.
    issuer: Issuer(IssuerRow),
    /// What can be subscribed to.
    plan: Plan(PlanRow),
    /// Wallets' standing with orgs.
    member: Member(MemberRow),
    /// Referral codes.
    code: Code(CodeRow),
    /// Token delegates.
    authority: Authority(AuthorityRow),
    /// Wallets' agreements to plans.
    subscription: Subscription(SubscriptionRow),
    /// Paid invoices.
    invoice: Invoice(InvoiceRow),
    /// Commission of members.
    ledger: Ledger(LedgerRow),
    /// Tokens that orgs give away by vouchers.
    campaign: Campaign(CampaignRow),
    /// Which vouchers have been claimed.
    nullifier_page: NullifierPage(NullifierPageRow),
    /// What wallets received from campaigns.
    claim: Claim(ClaimRow),
    /// Rewards that orgs stream to those who stake.
    stake_pool: StakePool(StakePoolRow),
    /// Wallets' stakes in pools.
    stake_position: StakePosition(StakePositionRow),
}

impl Accounts {
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FromIterator<AccountRow> for Accounts {
    fn from_iter<I: IntoIterator<Item = AccountRow>>(rows: I) -> Self {
        let mut accounts = Self::default();
        accounts.extend(rows);
        accounts
    }
}

/// Forgets the accounts that a reading of all accounts has seen.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_seen(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("truncate seen").execute(conn).await?;
    Ok(())
}

/// Records that a reading of all accounts has seen these.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn mark_seen(conn: &mut PgConnection, addresses: &[Key]) -> Result<()> {
    sqlx::query!(
        "insert into seen select unnest($1::pubkey[]) on conflict do nothing",
        addresses as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Addresses of at most `limit` live rows of any kind after `after`, in order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn live(conn: &mut PgConnection, after: Option<Key>, limit: i64) -> Result<Vec<Key>> {
    Ok(sqlx::query_scalar!(
        r#"select address as "address!: Key" from account_head
           where not closed and ($1::pubkey is null or address > $1)
           order by address limit $2"#,
        after as _,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Which of these have a live row.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn live_among(conn: &mut PgConnection, addresses: &[Key]) -> Result<Vec<Key>> {
    Ok(sqlx::query_scalar!(
        r#"select address as "address!: Key" from account_head
           where not closed and address = any($1::pubkey[])"#,
        addresses as _,
    )
    .fetch_all(conn)
    .await?)
}
