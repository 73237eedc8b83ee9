//! What the program refuses. Codes are grouped by concept and append-only.

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $code:tt $message:tt;)*) => {
        /// A refusal by the program, as its custom error code.
        #[cfg(feature = "program")]
        #[anchor_lang::prelude::error_code(offset = 0)]
        #[derive(Debug, PartialEq, Eq)]
        pub enum TesseraError {
            $(
                #[doc = $message]
                #[msg($message)]
                $name = $code,
            )*
        }

        /// A refusal by the program, as its custom error code.
        #[cfg(not(feature = "program"))]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u32)]
        pub enum TesseraError {
            $(
                #[doc = $message]
                $name = $code,
            )*
        }

        impl TesseraError {
            /// Every refusal, by rising code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The refusal with this code, if any.
            pub fn from_code(code: u32) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Its name in the IDL.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What was wrong, in one sentence.
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

errors! {
    // 6000: accounts and arithmetic
    ArithmeticOverflow = 6000 "An amount or a time would overflow.";
    WrongOrg = 6001 "The account belongs to another org.";
    WrongAuthority = 6002 "The signer is not the one that may do this.";
    WrongMint = 6003 "The mint, token account or ledger is of another mint.";
    WrongTokenOwner = 6004 "The token account has another owner.";
    UnsupportedTokenProgram = 6005 "The token program is neither SPL Token nor Token-2022, or not the plan's.";
    SpareNotZero = 6006 "A reserved argument is not zero.";
    ZeroAddress = 6007 "The treasury and the quote authority must not be the zero address.";
    WrongAddress = 6008 "An account does not stand at the address that its keys derive.";
    AccountMissing = 6009 "An account of this program is missing or of another kind.";
    MintMissing = 6010 "The mint is missing or not initialised.";
    TokenAccountMissing = 6011 "The token account is missing or not one of the plan's token program.";
    TokenAccountFrozen = 6012 "The token account is frozen.";
    AccountExists = 6013 "The account exists already.";
    StaleSeq = 6014 "The account has another number of receipts than the one named: something happened to it meanwhile.";
    WrongLife = 6015 "The account is in another life than the one named: it was closed and opened again.";
    StillInUse = 6016 "The account is still in use and cannot close.";
    WrongRentPayer = 6017 "The account that gets the rent back is not the one that paid it.";

    // 6100: orgs and plans
    CommissionTooHigh = 6100 "The levels' commission is above the limit.";
    TiersOutOfOrder = 6101 "Tier thresholds must rise, unused tiers last.";
    BoostTooHigh = 6102 "A tier's boost is above the limit.";
    HoldTooLong = 6103 "The hold on commission is above the limit.";
    PriceOutOfRange = 6104 "Prices must satisfy 0 < floor <= price <= ceiling.";
    PeriodOutOfRange = 6105 "The period is outside the limits.";
    GraceTooLong = 6106 "The grace time is longer than half a period.";
    KeeperFeeTooHigh = 6107 "Commission and keeper fee exceed the floor price.";
    TrialTooLong = 6108 "The trial is above the limit, or the plan is metered, which has none.";
    PlanEnded = 6109 "The plan has ended.";
    WrongDestination = 6110 "The destination is not the plan's, or its treasury does not own it.";
    WrongVault = 6111 "The vault is not the org's for this mint.";
    Paused = 6112 "The org or the program's admin has paused this.";
    DiscountTooHigh = 6113 "A tier's discount is above the limit.";
    ExpiryOutOfRange = 6114 "The points' epoch or its number is outside the limits.";
    IdNotRising = 6115 "The id is not above that of every earlier one of its kind in the org.";
    PlanSunset = 6116 "The plan takes no new subscriptions, or the time for it is not before the one that was set.";

    // 6200: membership and referral
    InvalidCode = 6200 "A code is 3 to 16 of A-Z, 0-9, _ and -, zero-padded.";
    SelfReferral = 6201 "A wallet cannot refer itself.";
    ReferralCycle = 6202 "The referrer was referred by this wallet.";
    WrongReferrer = 6203 "The referrer's member account does not belong to the code's owner.";
    MissingReferrer = 6204 "A code needs its owner's member account, and the reverse.";
    WrongWallet = 6205 "The account belongs to another wallet.";
    WrongCode = 6206 "The code is not offered to this wallet.";

    // 6300: subscriptions
    TermsChanged = 6300 "Price, period, trial or consents are not what the subscriber expected.";
    DeadlinePassed = 6301 "The subscriber's deadline has passed.";
    NoPeriodsApproved = 6302 "At least one later period must be approved, and fewer than 2^32 - 1.";
    AlreadySubscribed = 6303 "The subscription is live and can still be charged, or must be cancelled first because another token account pays it.";
    ForeignDelegate = 6304 "Another delegate holds the token account's approval.";
    NotDue = 6305 "The next period is not due yet.";
    NotLive = 6306 "The subscription has ended.";
    WrongPlan = 6307 "The subscription is of another plan.";
    StaleGeneration = 6308 "The approval was taken back after the subscription was signed.";
    WrongTokenAuthority = 6309 "The authority is of another token account.";
    PriceBelowShares = 6310 "Commission and keeper fee take all of the price, or more.";
    NotApproved = 6311 "The token account does not approve its authority.";
    ApprovalTooSmall = 6312 "The approval does not cover another period.";
    PeriodsUsedUp = 6313 "Every period that the subscriber approved is collected.";
    Lapsed = 6314 "A whole period was missed; the wallet has to subscribe again.";
    WrongPayerToken = 6315 "The token account is not the one that the subscriber signed.";
    WrongAgreement = 6316 "The subscription is under another agreement than the one named.";
    NotMissed = 6317 "Nothing was missed: the payment is not due, or it can be collected.";
    NotCancelled = 6318 "Only a cancelled subscription whose paid time has not ended can be resumed.";
    PauseTooLong = 6319 "The pause is above the limit, or the subscription is past due.";
    Metered = 6320 "The plan is metered and this is for plans with a price, or the reverse.";
    AboveCap = 6321 "The amount is above what is left of the cap that the subscriber signed.";
    DebitTooHigh = 6322 "The change would debit more than the subscriber allows.";
    RefundTooHigh = 6323 "The refund is nothing, or above what is left of the payment.";
    TrialUsed = 6324 "The wallet had a trial with this org already.";

    // 6400: quotes
    QuoteMissing = 6400 "No instruction of the transaction is an Ed25519 verification without accounts.";
    QuoteMalformed = 6401 "The quote's verification is not in the one accepted encoding.";
    QuoteWrongSigner = 6402 "The quote is not signed by the org's quote authority.";
    QuoteMismatch = 6403 "The quote is for another cluster, program, org, plan, wallet, price, deadline, nonce or number of periods.";
    QuoteExpired = 6404 "The quote's deadline has passed.";
    QuoteOutOfRange = 6405 "The quoted price is outside the plan's floor and ceiling.";
    QuoteUnexpected = 6406 "A quote's deadline, nonce or periods were given without a quote.";
    QuoteUsed = 6407 "The quote's nonce is not above that of every quote used before.";
    QuotePeriods = 6408 "More periods are approved than the quote allows.";

    // 6500: commission
    WrongLedger = 6500 "The ledger is not that of this referral level.";
    MissingLedger = 6501 "A referral level's ledger is missing.";
    UnexpectedLedger = 6502 "There is no referrer at this level.";
    NothingToClaim = 6503 "Less can be claimed than was asked for.";
    NothingToRelease = 6504 "Nothing that is held has waited long enough.";

    // 6600: points
    ZeroPoints = 6600 "The number of points must not be zero.";
    IssuerBudgetExceeded = 6601 "The issuer's budget for this epoch is used up.";
    InsufficientPoints = 6602 "The member holds fewer points.";
    WrongIssuer = 6603 "The signer is not this issuer's key.";
    EpochTooShort = 6604 "The issuer's epoch is below the limit.";
    ReferenceUsed = 6605 "The reference was used before, or is too far below or above the highest one.";

    // 6700: Token-2022
    UnknownExtension = 6700 "The mint has an extension that is not on the list of those allowed.";
    TransferFeeActive = 6701 "The mint takes a fee from transfers, now or from the next epoch on.";
    TransferHookActive = 6702 "The mint calls a program in each transfer.";
    NonTransferable = 6703 "The mint's tokens cannot be transferred.";
    PermanentDelegate = 6704 "The mint has a permanent delegate and the plan or the subscriber does not consent to it, or the plan consents to one that is not there.";
    MintPaused = 6705 "The mint is paused.";
    MemoRequired = 6706 "The destination requires a memo with each transfer.";
    CpiGuarded = 6707 "The token account forbids approvals by programs.";
    MalformedExtensions = 6708 "The extensions of the mint or token account cannot be read.";

    // 6800: vouchers
    CampaignNotOpen = 6800 "The campaign has not opened or has closed.";
    CampaignTimes = 6801 "The campaign's times do not follow on each other.";
    CampaignCap = 6802 "The campaign's cap does not cover it.";
    RootFixed = 6803 "The root may change only in a cumulative campaign.";
    WrongCampaign = 6804 "The account belongs to another campaign.";
    WrongProof = 6805 "The proof does not lead from this voucher to the campaign's root.";
    VoucherClaimed = 6806 "The voucher was claimed, or nothing more of it has vested.";
    WrongPage = 6807 "The voucher is on another page, or the campaign keeps claims by wallet.";

    // 6900: stake pools
    WrongPool = 6900 "The account belongs to another pool.";
    ZeroAmount = 6901 "The amount must not be zero.";
    StakeTooSmall = 6902 "The position holds less.";
    StreamTooShort = 6903 "The stream is shorter than the limit.";
    NothingToHarvest = 6904 "No whole unit was earned yet.";
}
