//! From bytes to accounts and events. Data may be longer than the structure, because layouts grow
//! by addition; it is never shorter, and what is not known is an error, not a guess.

use crate::address;
use bytemuck::{Pod, pod_read_unaligned};
use tessera_types::{
    Address, REFERRAL_LEVELS,
    accounts::{
        AccountType, Authority, Code, DISCRIMINATOR_LEN, Header, Issuer, Ledger, Member, Org, Plan,
        Subscription,
    },
    events::{
        Cancelled, Charged, CodeCreated, CommissionClaimed, EventType, IssuerSet, LedgerOpened,
        LedgerShare, MemberRegistered, OrgCreated, PlanCreated, PointsAwarded, PointsRedeemed,
        Receipt, Settlement, Subscribed,
    },
};

/// Why bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The first eight bytes name nothing that this version knows.
    #[error("unknown discriminator {0:?}")]
    UnknownDiscriminator([u8; DISCRIMINATOR_LEN]),
    /// The bytes name another structure than the one asked for.
    #[error("expected {expected}, found discriminator {found:?}")]
    WrongDiscriminator {
        /// The structure asked for.
        expected: &'static str,
        /// What stands there.
        found: [u8; DISCRIMINATOR_LEN],
    },
    /// Bytes are missing, or an event has odd bytes behind it.
    #[error("{name} of {len} bytes has a wrong length")]
    WrongLength {
        /// The structure.
        name: &'static str,
        /// Length found.
        len: usize,
    },
    /// An account's layout version is 0, which no program writes.
    #[error("{0} of layout version 0")]
    NoVersion(&'static str),
}

/// Any account of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// A business.
    Org(Org),
    /// A key that awards points.
    Issuer(Issuer),
    /// What can be subscribed to.
    Plan(Plan),
    /// A wallet's standing with an org.
    Member(Member),
    /// A referral code.
    Code(Code),
    /// A token delegate.
    Authority(Authority),
    /// A wallet's agreement to a plan.
    Subscription(Subscription),
    /// Commission of a member.
    Ledger(Ledger),
}

impl Account {
    /// Decodes an account's data, discriminator included.
    ///
    /// # Errors
    /// [`DecodeError`] when the discriminator is unknown or bytes are missing.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let (discriminator, _) = split(data, "account")?;
        Ok(match discriminator {
            Org::DISCRIMINATOR => Self::Org(account(data)?),
            Issuer::DISCRIMINATOR => Self::Issuer(account(data)?),
            Plan::DISCRIMINATOR => Self::Plan(account(data)?),
            Member::DISCRIMINATOR => Self::Member(account(data)?),
            Code::DISCRIMINATOR => Self::Code(account(data)?),
            Authority::DISCRIMINATOR => Self::Authority(account(data)?),
            Subscription::DISCRIMINATOR => Self::Subscription(account(data)?),
            Ledger::DISCRIMINATOR => Self::Ledger(account(data)?),
            unknown => return Err(DecodeError::UnknownDiscriminator(unknown)),
        })
    }

    /// Its name in the IDL.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Org(_) => Org::NAME,
            Self::Issuer(_) => Issuer::NAME,
            Self::Plan(_) => Plan::NAME,
            Self::Member(_) => Member::NAME,
            Self::Code(_) => Code::NAME,
            Self::Authority(_) => Authority::NAME,
            Self::Subscription(_) => Subscription::NAME,
            Self::Ledger(_) => Ledger::NAME,
        }
    }

    /// The address that its keys derive; an account that stands elsewhere is not what it says.
    pub fn address(&self) -> Address {
        match self {
            Self::Org(it) => address::org(&it.creator, it.id),
            Self::Issuer(it) => address::issuer(&it.org, &it.key),
            Self::Plan(it) => address::plan(&it.org, it.id),
            Self::Member(it) => address::member(&it.org, &it.wallet),
            Self::Code(it) => address::code(&it.org, &it.code),
            Self::Authority(it) => address::authority(&it.token_account),
            Self::Subscription(it) => address::subscription(&it.plan, &it.wallet),
            Self::Ledger(it) => address::ledger(&it.org, &it.wallet, &it.mint),
        }
    }

    /// Version, life, rent payer and receipts.
    pub fn header(&self) -> &Header {
        match self {
            Self::Org(account) => account.header(),
            Self::Issuer(account) => account.header(),
            Self::Plan(account) => account.header(),
            Self::Member(account) => account.header(),
            Self::Code(account) => account.header(),
            Self::Authority(account) => account.header(),
            Self::Subscription(account) => account.header(),
            Self::Ledger(account) => account.header(),
        }
    }
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

/// Any event of the program. Payments carry the shares of the referral levels that they paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A business was created.
    OrgCreated(OrgCreated),
    /// A plan was created.
    PlanCreated(PlanCreated),
    /// A key may award points, or its budget changed.
    IssuerSet(IssuerSet),
    /// A member claimed a referral code.
    CodeCreated(CodeCreated),
    /// A wallet joined an org.
    MemberRegistered(MemberRegistered),
    /// A wallet signed terms and paid the first period.
    Subscribed(Subscribed, Vec<LedgerShare>),
    /// A period was paid.
    Charged(Charged, Vec<LedgerShare>),
    /// The wallet ended the subscription.
    Cancelled(Cancelled),
    /// An issuer gave points.
    PointsAwarded(PointsAwarded),
    /// The member spent points.
    PointsRedeemed(PointsRedeemed),
    /// A member can accrue commission in a mint.
    LedgerOpened(LedgerOpened),
    /// Commission left the vault.
    CommissionClaimed(CommissionClaimed),
}

impl Event {
    /// Decodes an event as it was carried, discriminator included.
    ///
    /// # Errors
    /// [`DecodeError`] when the discriminator is unknown or the length is wrong.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let (discriminator, body) = split(data, "event")?;
        Ok(match discriminator {
            OrgCreated::DISCRIMINATOR => Self::OrgCreated(event(body)?),
            PlanCreated::DISCRIMINATOR => Self::PlanCreated(event(body)?),
            IssuerSet::DISCRIMINATOR => Self::IssuerSet(event(body)?),
            CodeCreated::DISCRIMINATOR => Self::CodeCreated(event(body)?),
            MemberRegistered::DISCRIMINATOR => Self::MemberRegistered(event(body)?),
            Subscribed::DISCRIMINATOR => {
                let (event, shares) = payment(body)?;
                Self::Subscribed(event, shares)
            }
            Charged::DISCRIMINATOR => {
                let (event, shares) = payment(body)?;
                Self::Charged(event, shares)
            }
            Cancelled::DISCRIMINATOR => Self::Cancelled(event(body)?),
            PointsAwarded::DISCRIMINATOR => Self::PointsAwarded(event(body)?),
            PointsRedeemed::DISCRIMINATOR => Self::PointsRedeemed(event(body)?),
            LedgerOpened::DISCRIMINATOR => Self::LedgerOpened(event(body)?),
            CommissionClaimed::DISCRIMINATOR => Self::CommissionClaimed(event(body)?),
            unknown => return Err(DecodeError::UnknownDiscriminator(unknown)),
        })
    }

    /// Its name in the IDL.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OrgCreated(_) => OrgCreated::NAME,
            Self::PlanCreated(_) => PlanCreated::NAME,
            Self::IssuerSet(_) => IssuerSet::NAME,
            Self::CodeCreated(_) => CodeCreated::NAME,
            Self::MemberRegistered(_) => MemberRegistered::NAME,
            Self::Subscribed(..) => Subscribed::NAME,
            Self::Charged(..) => Charged::NAME,
            Self::Cancelled(_) => Cancelled::NAME,
            Self::PointsAwarded(_) => PointsAwarded::NAME,
            Self::PointsRedeemed(_) => PointsRedeemed::NAME,
            Self::LedgerOpened(_) => LedgerOpened::NAME,
            Self::CommissionClaimed(_) => CommissionClaimed::NAME,
        }
    }

    /// Which account it is about, and which of its receipts it is.
    pub fn receipt(&self) -> &Receipt {
        match self {
            Self::OrgCreated(event) => event.receipt(),
            Self::PlanCreated(event) => event.receipt(),
            Self::IssuerSet(event) => event.receipt(),
            Self::CodeCreated(event) => event.receipt(),
            Self::MemberRegistered(event) => event.receipt(),
            Self::Subscribed(event, _) => event.receipt(),
            Self::Charged(event, _) => event.receipt(),
            Self::Cancelled(event) => event.receipt(),
            Self::PointsAwarded(event) => event.receipt(),
            Self::PointsRedeemed(event) => event.receipt(),
            Self::LedgerOpened(event) => event.receipt(),
            Self::CommissionClaimed(event) => event.receipt(),
        }
    }

    /// Money and shares, when it is a payment.
    pub fn settlement(&self) -> Option<(&Settlement, &[LedgerShare])> {
        match self {
            Self::Subscribed(event, shares) => Some((&event.settlement, shares)),
            Self::Charged(event, shares) => Some((&event.settlement, shares)),
            _ => None,
        }
    }
}

fn split<'a>(
    data: &'a [u8],
    name: &'static str,
) -> Result<([u8; DISCRIMINATOR_LEN], &'a [u8]), DecodeError> {
    data.split_first_chunk()
        .map(|(discriminator, body)| (*discriminator, body))
        .ok_or(DecodeError::WrongLength {
            name,
            len: data.len(),
        })
}

fn read<'a, T: Pod>(body: &'a [u8], name: &'static str) -> Result<(T, &'a [u8]), DecodeError> {
    let (value, rest) = body
        .split_at_checked(size_of::<T>())
        .ok_or(DecodeError::WrongLength {
            name,
            len: body.len() + DISCRIMINATOR_LEN,
        })?;
    Ok((pod_read_unaligned(value), rest))
}

fn event<T: EventType>(body: &[u8]) -> Result<T, DecodeError> {
    match read(body, T::NAME)? {
        (event, []) => Ok(event),
        _ => Err(DecodeError::WrongLength {
            name: T::NAME,
            len: body.len() + DISCRIMINATOR_LEN,
        }),
    }
}

fn payment<T: EventType>(body: &[u8]) -> Result<(T, Vec<LedgerShare>), DecodeError> {
    let (event, rest) = read(body, T::NAME)?;
    let shares: Vec<LedgerShare> = rest
        .chunks_exact(size_of::<LedgerShare>())
        .map(pod_read_unaligned)
        .collect();
    if shares.len() > REFERRAL_LEVELS || rest.len() % size_of::<LedgerShare>() != 0 {
        return Err(DecodeError::WrongLength {
            name: T::NAME,
            len: body.len() + DISCRIMINATOR_LEN,
        });
    }
    Ok((event, shares))
}
