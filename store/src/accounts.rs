//! All kinds of accounts together: what is done to one table is done to each.

use crate::{
    Key, Result, authority, authority::AuthorityRow, campaign, campaign::CampaignRow, claim,
    claim::ClaimRow, code, code::CodeRow, config, config::ConfigRow, invoice, invoice::InvoiceRow,
    issuer, issuer::IssuerRow, ledger, ledger::LedgerRow, member, member::MemberRow,
    nullifier_page, nullifier_page::NullifierPageRow, org, org::OrgRow, plan, plan::PlanRow,
    stake_pool, stake_pool::StakePoolRow, stake_position, stake_position::StakePositionRow,
    subscription, subscription::SubscriptionRow,
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

            /// Parts of at most `size` rows a kind, so that no statement grows without bound.
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

        /// Stores readings, at most one an address; see [`org::upsert`]. Returns how many rows
        /// changed.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn upsert(conn: &mut PgConnection, rows: &Accounts) -> Result<u64> {
            Ok(0 $(+ $table::upsert(&mut *conn, &rows.$table).await?)*)
        }

        /// Marks accounts of any kind as gone; see [`org::close`]. Returns how many rows changed.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn close(conn: &mut PgConnection, addresses: &[Key], slot: i64) -> Result<u64> {
            Ok(0 $(+ $table::close(&mut *conn, addresses, slot).await?)*)
        }

        /// Addresses whose reading differs from an older stored one; see [`org::differing`].
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn differing(conn: &mut PgConnection, rows: &Accounts) -> Result<Vec<Key>> {
            let mut found = Vec::new();
            $(found.append(&mut $table::differing(&mut *conn, &rows.$table).await?);)*
            Ok(found)
        }

        /// Live stored addresses, read before `slot`, that `found` lacks; see [`org::missing`].
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn missing(conn: &mut PgConnection, found: &Accounts, slot: i64) -> Result<Vec<Key>> {
            let mut missing = Vec::new();
            $(
                let found_here: Vec<Key> = found.$table.iter().map(|row| row.address).collect();
                missing.append(&mut $table::missing(&mut *conn, &found_here, slot).await?);
            )*
            Ok(missing)
        }

        /// Every row of every kind, by address.
        ///
        /// # Errors
        /// [`StoreError::Database`](crate::StoreError::Database).
        pub async fn all(conn: &mut PgConnection) -> Result<Accounts> {
            Ok(Accounts { $($table: $table::all(&mut *conn).await?,)* })
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
    /// Invoices that are paid.
    invoice: Invoice(InvoiceRow),
    /// Commission of members.
    ledger: Ledger(LedgerRow),
    /// Tokens that orgs give by vouchers.
    campaign: Campaign(CampaignRow),
    /// Which vouchers were claimed.
    nullifier_page: NullifierPage(NullifierPageRow),
    /// What wallets got of campaigns.
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
