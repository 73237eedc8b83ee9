//! What the mirror knows about a customer, and about the plan that they want to subscribe to.

use super::checkout::{Checkout, Standing, address, payer_token};
use crate::{Caller, Engine, Error, Result};
use tessera_client::types::{Address, NO_ADDRESS, accounts::Org};
use tessera_domain::{
    access::Scope,
    billing_period::{BillingPeriod, whole_months},
    code::{MAX_REFERRAL_CODE, MIN_REFERRAL_CODE, TypedCode},
    pricing::{Currency, PriceBook},
    time::Timestamp,
};
use tessera_store::{
    Key, PgConnection,
    mirror::{member::MemberRow, org::OrgRow, plan::PlanRow, query},
    pricing::checkout,
};

/// The customer of a quote.
pub(super) struct Buyer {
    /// Its loyalty tier; 0 is none.
    pub(super) loyalty_tier: u8,
    /// Whole months that it has paid.
    pub(super) paid_months: u32,
    member: Option<MemberRow>,
}

impl Buyer {
    /// Reads what is known of `wallet` in `org`.
    pub(super) async fn find(
        conn: &mut PgConnection,
        org: Key,
        wallet: Option<Key>,
    ) -> Result<Self> {
        let Some(wallet) = wallet else {
            return Ok(Self {
                loyalty_tier: 0,
                paid_months: 0,
                member: None,
            });
        };
        let member = checkout::member(conn, org, wallet).await?;
        let tier = member.as_ref().map_or(0, |member| member.tier);
        let periods = checkout::paid_periods(conn, org, wallet).await?;
        Ok(Self {
            loyalty_tier: u8::try_from(tier)
                .map_err(|_| Error::Internal("read a member's tier"))?,
            paid_months: u32::try_from(whole_months(periods)).unwrap_or(u32::MAX),
            member,
        })
    }

    /// The place from which it subscribes to `plan`, unless the chain would refuse that.
    pub(super) async fn standing(
        self,
        conn: &mut PgConnection,
        wallet: Key,
        plan: &PlanRow,
        referral_code: Option<&str>,
    ) -> Result<Standing> {
        let payer_token = payer_token(&address(wallet), plan);
        let payer_token = payer_token.to_bytes().into();
        if checkout::is_subscribed(conn, plan.address, wallet, payer_token).await? {
            return Err(Error::Conflict(
                "the wallet has a subscription to this plan that has not ended".to_owned(),
            ));
        }
        let refused = |rule: &str| Err(Error::refused("referral_code", rule));
        let Some(code) = referral_code else {
            return Ok(self
                .member
                .map_or(Standing::Stranger(None), Standing::Member));
        };
        if self.member.is_some() {
            return refused(
                "must not be there: the wallet is a member, whose referrer cannot change",
            );
        }
        let found = match TypedCode::parse(code, MIN_REFERRAL_CODE, MAX_REFERRAL_CODE) {
            Some(typed) => {
                let like = checkout::referrers(conn, plan.org, &typed.shape()).await?;
                typed.choose("referral_code", like)?
            }
            None => None,
        };
        let Some(referrer) = found else {
            return refused("must be the code of a member of the Org");
        };
        let standing = Standing::Stranger(Some(referrer));
        if standing.referrers().contains(&address(wallet)) {
            return refused(
                "must be the code of a member who is neither the wallet itself nor referred by it",
            );
        }
        Ok(standing)
    }
}

/// The plan, when the Org sells it at `now`.
pub(super) async fn open_plan(
    conn: &mut PgConnection,
    org: Key,
    plan: Key,
    now: Timestamp,
) -> Result<PlanRow> {
    query::plans::get(conn, plan)
        .await?
        .filter(|row| {
            let open = row.ends_at.min(row.sunset_at) > now.secs();
            row.org == org && !row.closed && open
        })
        .ok_or_else(|| {
            let rule = "must be a plan of the organisation's Org that has not ended";
            Error::refused("plan", rule)
        })
}

/// The Org's account, unless it makes quotes useless on chain.
pub(super) async fn check_org(
    engine: &Engine,
    conn: &mut PgConnection,
    org: Key,
) -> Result<OrgRow> {
    let row = query::orgs::get(conn, org)
        .await?
        .ok_or(Error::Internal("find the organisation's Org"))?;
    if (row.pause_flags | row.admin_pause_flags) & i16::from(Org::PAUSE_SUBSCRIBE) != 0 {
        let detail = "the Org takes no new subscriptions now";
        return Err(Error::Conflict(detail.to_owned()));
    }
    let signer = engine.quote_authority(org);
    if signer != row.quote_authority {
        return Err(Error::Conflict(format!(
            "the Org's quote authority on chain is {}, so quotes signed by {signer} are not good \
             there; set it to that key",
            row.quote_authority
        )));
    }
    Ok(row)
}

/// Refuses customers the segments where usage is charged: what they state would be their price.
pub(super) fn check_metered(caller: &Caller, book: &PriceBook, segment: &str) -> Result<()> {
    let metered = book
        .segments
        .get(segment)
        .is_some_and(|segment| segment.charge.is_some());
    if metered && !caller.may(Scope::Sell) {
        return Err(Error::Denied(
            "usage is charged in this segment; the sales team quotes it".to_owned(),
        ));
    }
    Ok(())
}

/// What the price is wanted in: the plan's mint, or the book's without a plan.
pub(super) fn currency(book: &PriceBook, plan: Option<&PlanRow>) -> Result<Currency> {
    let Some(plan) = plan else {
        return Ok(book.currency.clone());
    };
    Ok(Currency {
        mint: plan.mint.to_string(),
        decimals: u8::try_from(plan.decimals)
            .map_err(|_| Error::Internal("read a mint's decimals"))?,
    })
}

/// What one payment is for: the plan's period, or a month without a plan.
pub(super) fn period(plan: Option<&PlanRow>) -> Result<BillingPeriod> {
    plan.map_or(Some(BillingPeriod::MONTH), PlanRow::period)
        .ok_or(Error::Internal("read a plan's period"))
}

/// Those of the customer's referrers who can receive commission of the plan already.
pub(super) async fn with_ledger(
    conn: &mut PgConnection,
    checkout: &Checkout,
) -> Result<Vec<Address>> {
    let referrers: Vec<Key> = checkout
        .standing
        .referrers()
        .into_iter()
        .filter(|referrer| *referrer != NO_ADDRESS)
        .map(|referrer| referrer.to_bytes().into())
        .collect();
    let plan = &checkout.plan;
    let open = checkout::with_ledger(conn, plan.org, plan.mint, &referrers).await?;
    Ok(open.into_iter().map(address).collect())
}
