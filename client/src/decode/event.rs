use super::{DecodeError, read, split};
use bytemuck::{bytes_of, cast_slice, pod_read_unaligned};
use tessera_types::{
    REFERRAL_LEVELS,
    accounts::DISCRIMINATOR_LEN,
    describe::{Described, Field},
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

/// Declares the kinds of events: those that stand alone, and those followed by the shares of
/// referral levels.
macro_rules! events {
    (
        alone { $($(#[doc = $doc:literal])* $kind:ident,)* }
        with shares { $($(#[doc = $shared_doc:literal])* $shared:ident,)* }
    ) => {
        /// Any event of the program. Payments and refunds carry the shares of the referral levels.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $($(#[doc = $doc])* $kind($kind),)*
            $($(#[doc = $shared_doc])* $shared($shared, Vec<LedgerShare>),)*
        }

        impl Event {
            /// Decodes an event as it was carried, discriminator included.
            ///
            /// # Errors
            /// [`DecodeError`] when the discriminator is unknown or the length is wrong.
            pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
                let (discriminator, body) = split(data, "event")?;
                Ok(match discriminator {
                    $($kind::DISCRIMINATOR => Self::$kind(event(body)?),)*
                    $($shared::DISCRIMINATOR => {
                        let (event, shares) = shared(body)?;
                        Self::$shared(event, shares)
                    })*
                    unknown => return Err(DecodeError::UnknownDiscriminator(unknown)),
                })
            }

            /// The event as it is carried, discriminator included.
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    $(Self::$kind(event) => [&$kind::DISCRIMINATOR, bytes_of(event)].concat(),)*
                    $(Self::$shared(event, shares) => [
                        &$shared::DISCRIMINATOR,
                        bytes_of(event),
                        cast_slice(shares),
                    ].concat(),)*
                }
            }

            /// The event of this name in the IDL, put together from its receipt and the bytes after
            /// it; none when there is no such event.
            pub fn assemble(name: &str, receipt: &Receipt, body: &[u8]) -> Option<Vec<u8>> {
                let discriminator = match name {
                    $($kind::NAME => $kind::DISCRIMINATOR,)*
                    $($shared::NAME => $shared::DISCRIMINATOR,)*
                    _ => return None,
                };
                Some([&discriminator, bytes_of(receipt), body].concat())
            }

            /// The fields of its structure and their bytes.
            pub(crate) fn described(&self) -> (&'static [Field], &[u8]) {
                match self {
                    $(Self::$kind(event) => ($kind::FIELDS, bytes_of(event)),)*
                    $(Self::$shared(event, _) => ($shared::FIELDS, bytes_of(event)),)*
                }
            }

            /// The shares of referral levels that follow the event.
            pub(crate) fn shares(&self) -> &[LedgerShare] {
                match self {
                    $(Self::$kind(_) => &[],)*
                    $(Self::$shared(_, shares) => shares,)*
                }
            }

            /// The event's name in the IDL.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $kind::NAME,)*
                    $(Self::$shared(..) => $shared::NAME,)*
                }
            }

            /// The account that the event belongs to, and the event's number among its receipts.
            pub fn receipt(&self) -> &Receipt {
                match self {
                    $(Self::$kind(event) => event.receipt(),)*
                    $(Self::$shared(event, _) => event.receipt(),)*
                }
            }
        }
    };
}

events! {
    alone {
        /// The program's settings were made or changed.
        ConfigSet,
        /// A next authority was proposed, of an org or the config.
        AuthorityProposed,
        /// The proposed authority accepted.
        AuthorityAccepted,
        /// A business was created.
        OrgCreated,
        /// The authority changed the org's settings.
        OrgUpdated,
        /// The program's admin paused an org or lifted the pause.
        OrgPaused,
        /// A plan was created.
        PlanCreated,
        /// A plan takes no new subscriptions from a time on.
        PlanSunset,
        /// A key may award points, or its budget changed.
        IssuerSet,
        /// A member claimed a referral code.
        CodeCreated,
        /// A code was offered to another member.
        CodeOffered,
        /// A code has a new owner.
        CodeTransferred,
        /// A wallet joined an org.
        MemberRegistered,
        /// A payment was missed, or nothing can be collected any more.
        PaymentMissed,
        /// The subscription was ended.
        Cancelled,
        /// The wallet took a cancellation back.
        Resumed,
        /// The wallet paused the subscription, or ended the pause.
        Paused,
        /// An issuer gave points.
        PointsAwarded,
        /// The member spent points.
        PointsRedeemed,
        /// A member can accrue commission in a mint.
        LedgerOpened,
        /// Commission that was held can be claimed.
        CommissionReleased,
        /// Commission left the vault.
        CommissionClaimed,
        /// A campaign was created.
        CampaignCreated,
        /// A campaign has another root or cap.
        RootSet,
        /// Vouchers of a page can be claimed.
        PageOpened,
        /// A voucher was paid.
        VoucherClaimed,
        /// A stake pool was created.
        PoolCreated,
        /// Rewards were put into a pool.
        PoolFunded,
        /// A wallet staked.
        Staked,
        /// A wallet took out what it had staked.
        Unstaked,
        /// A wallet took its rewards.
        Harvested,
        /// The account was closed.
        Closed,
    }
    with shares {
        /// A wallet signed terms, and paid the first period or began a trial.
        Subscribed,
        /// A period was paid.
        Charged,
        /// The wallet signed another plan.
        PlanChanged,
        /// An invoice was paid.
        InvoicePaid,
        /// A payment was given back, in part or in full.
        Refunded,
    }
}

/// Length of what [`Event::assemble`] puts before a body, bytes.
pub const EVENT_HEAD_LEN: usize = DISCRIMINATOR_LEN + size_of::<Receipt>();

impl Event {
    /// Money and shares, when it is a payment.
    pub fn settlement(&self) -> Option<(&Settlement, &[LedgerShare])> {
        match self {
            Self::Subscribed(event, shares) => Some((&event.settlement, shares)),
            Self::Charged(event, shares) => Some((&event.settlement, shares)),
            Self::PlanChanged(event, shares) => Some((&event.settlement, shares)),
            Self::InvoicePaid(event, shares) => Some((&event.settlement, shares)),
            _ => None,
        }
    }
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

fn shared<T: EventType>(body: &[u8]) -> Result<(T, Vec<LedgerShare>), DecodeError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn an_event_is_put_together_from_its_parts_as_it_was_carried() {
        let share = LedgerShare {
            amount: 7,
            ..Zeroable::zeroed()
        };
        let events = [
            Event::Paused(Paused::zeroed()),
            Event::Charged(Charged::zeroed(), vec![share; 2]),
        ];
        for event in events {
            let raw = event.encode();
            let body = &raw[EVENT_HEAD_LEN..];
            let parts = Event::assemble(event.name(), event.receipt(), body);
            assert_eq!(parts, Some(raw));
        }
        let unknown = Event::assemble("Unknown", &Receipt::zeroed(), &[]);
        assert_eq!(unknown, None);
    }
}
