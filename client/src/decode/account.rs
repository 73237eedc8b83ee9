use super::{DecodeError, read, split};
use crate::address;
use bytemuck::bytes_of;
use tessera_types::{
    Address,
    accounts::{
        AccountType, Authority, Campaign, Claim, Code, Config, Header, Invoice, Issuer, Ledger,
        Member, NullifierPage, Org, Plan, Position, StakePool, Subscription,
    },
};

/// Declares the kinds of accounts, and the address that the keys of each derive.
macro_rules! accounts {
    ($($(#[doc = $doc:literal])* $kind:ident |$it:ident| $address:expr;)*) => {
        /// Any account of the program.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(clippy::large_enum_variant, reason = "a page is read one at a time")]
        pub enum Account {
            $($(#[doc = $doc])* $kind($kind),)*
        }

        impl Account {
            /// Decodes an account's data, discriminator included.
            ///
            /// # Errors
            /// [`DecodeError`] when the discriminator is unknown or bytes are missing.
            pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
                let (discriminator, _) = split(data, "account")?;
                Ok(match discriminator {
                    $($kind::DISCRIMINATOR => Self::$kind(account(data)?),)*
                    unknown => return Err(DecodeError::UnknownDiscriminator(unknown)),
                })
            }

            /// The account's data, discriminator included.
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    $(Self::$kind(it) => [&$kind::DISCRIMINATOR, bytes_of(it)].concat(),)*
                }
            }

            /// The account's name in the IDL.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $kind::NAME,)*
                }
            }

            /// The address that the account's keys derive; an account at any other address is
            /// forged.
            pub fn address(&self) -> Address {
                match self {
                    $(Self::$kind($it) => $address,)*
                }
            }

            /// Version, life, rent payer and receipts.
            pub fn header(&self) -> &Header {
                match self {
                    $(Self::$kind(account) => account.header(),)*
                }
            }
        }
    };
}

accounts! {
    /// The program's own settings.
    Config |_it| address::config();
    /// A business.
    Org |it| address::org(&it.creator, it.id);
    /// A key that awards points.
    Issuer |it| address::issuer(&it.org, &it.key);
    /// What can be subscribed to.
    Plan |it| address::plan(&it.org, it.id);
    /// A wallet's standing with an org.
    Member |it| address::member(&it.org, &it.wallet);
    /// A referral code.
    Code |it| address::code(&it.org, &it.code);
    /// A token delegate.
    Authority |it| address::authority(&it.token_account);
    /// A wallet's agreement to a plan.
    Subscription |it| address::subscription(&it.first_plan, &it.wallet);
    /// An invoice that is paid.
    Invoice |it| address::invoice(&it.plan, &it.wallet, it.id);
    /// Commission of a member.
    Ledger |it| address::ledger(&it.org, &it.wallet, &it.mint);
    /// Tokens that an org gives by vouchers.
    Campaign |it| address::campaign(&it.org, it.id);
    /// Which vouchers of a campaign were claimed.
    NullifierPage |it| address::page(&it.campaign, it.number);
    /// What a wallet was paid of a campaign.
    Claim |it| address::claim(&it.campaign, &it.wallet);
    /// Rewards that an org streams to those who stake.
    StakePool |it| address::pool(&it.org, it.id);
    /// A wallet's stake in a pool.
    Position |it| address::position(&it.pool, &it.wallet);
}

/// Decodes one kind of account.
///
/// # Errors
/// [`DecodeError`] when the data is another account, too short or of version 0.
pub fn account<T: AccountType>(data: &[u8]) -> Result<T, DecodeError> {
    let (found, body) = split(data, T::NAME)?;
    if found != T::DISCRIMINATOR {
        return Err(DecodeError::WrongDiscriminator {
            expected: T::NAME,
            found,
        });
    }
    let (account, _): (T, _) = read(body, T::NAME)?;
    if account.header().version == 0 {
        return Err(DecodeError::NoVersion(T::NAME));
    }
    Ok(account)
}
