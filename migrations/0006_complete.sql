-- The program, complete: its remaining kinds of accounts, and what the others gained. The mirror's
-- tables are made again where their rows changed, because the chain fills them.

drop view subscription_now;
drop function subscription_standing;
drop table org, member, subscription, ledger, commission, charge;
truncate issuer, plan, code, authority, event, cursor;

create table config (
    address            pubkey primary key,
    life               u64 not null,
    rent_payer         pubkey not null,
    receipt_seq        u64 not null,
    receipt_head       pubkey not null,
    admin              pubkey not null,
    pending_admin      pubkey,
    max_commission_bps integer not null,
    -- Bit 0: no org, plan, campaign or stake pool is created.
    pause_flags        smallint not null,
    slot               bigint not null,
    source             text not null,
    closed             boolean not null
);

create table org (
    address              pubkey primary key,
    life                 u64 not null,
    rent_payer           pubkey not null,
    receipt_seq          u64 not null,
    receipt_head         pubkey not null,
    creator              pubkey not null,
    authority            pubkey not null,
    pending_authority    pubkey,
    quote_authority      pubkey not null,
    meter_authority      pubkey,
    treasury             pubkey not null,
    id                   u64 not null,
    created_at           bigint not null,
    cluster_tag          bytea not null check (octet_length(cluster_tag) = 8),
    tier_thresholds      u64[] not null,
    tier_boosts_bps      integer[] not null,
    tier_discounts_bps   integer[] not null,
    hold_secs            bigint not null,
    points_epoch_secs    bigint not null,
    commission_bps       integer[] not null,
    -- Bit 0: no new subscriptions; bit 1: no charges. By the org, and by the program's admin.
    pause_flags          smallint not null,
    admin_pause_flags    smallint not null,
    points_expiry_epochs smallint not null,
    highest_plan_id      u64 not null,
    highest_campaign_id  u64 not null,
    highest_pool_id      u64 not null,
    open_accounts        bigint not null,
    plans_on_vaults      bigint not null,
    slot                 bigint not null,
    source               text not null,
    closed               boolean not null
);

create table member (
    address           pubkey primary key,
    life              u64 not null,
    rent_payer        pubkey not null,
    receipt_seq       u64 not null,
    receipt_head      pubkey not null,
    org               pubkey not null,
    wallet            pubkey not null,
    -- Nearest referrer first; null is none.
    referrer_1        pubkey,
    referrer_2        pubkey,
    referrer_3        pubkey,
    -- The code that it registered with, without padding; null is none.
    code              text,
    -- Those that have expired since the last receipt still count here.
    points            u64 not null,
    lifetime_points   u64 not null,
    points_debt       u64 not null,
    registered_at     bigint not null,
    highest_reference u64 not null,
    -- Buckets of points that expire, the earliest first, and when; 0 points is an empty one.
    expiring_points   u64[] not null,
    expires_at        bigint[] not null,
    tier              smallint not null,
    -- Bit 0: it had its trial.
    flags             smallint not null,
    slot              bigint not null,
    source            text not null,
    closed            boolean not null
);
create index member_org on member (org, address);
create index member_wallet on member (wallet, address);
create index member_referrer_1 on member (referrer_1, address);
create index member_referrer_2 on member (referrer_2, address);
create index member_referrer_3 on member (referrer_3, address);

create table subscription (
    address              pubkey primary key,
    life                 u64 not null,
    rent_payer           pubkey not null,
    receipt_seq          u64 not null,
    receipt_head         pubkey not null,
    plan                 pubkey not null,
    wallet               pubkey not null,
    payer_token          pubkey not null,
    ledger_1             pubkey,
    ledger_2             pubkey,
    ledger_3             pubkey,
    -- The plan that it was opened under, which is part of its address.
    first_plan           pubkey not null,
    pending_plan         pubkey,
    -- The terms as they were signed, up to the anchor day.
    price                u64 not null,
    period_secs          bigint not null,
    grace_secs           bigint not null,
    hold_secs            bigint not null,
    approved_periods     bigint not null,
    commission_bps       integer[] not null,
    boosts_bps           integer[] not null,
    discounts_bps        integer[] not null,
    period_months        smallint not null,
    anchor_day           smallint not null,
    agreement_seq        u64 not null,
    authority_generation u64 not null,
    quote_nonce          u64 not null,
    quote_deadline       bigint not null,
    subscribed_at        bigint not null,
    period_start         bigint not null,
    paid_through         bigint not null,
    next_due             bigint not null,
    paused_until         bigint not null,
    period_debit         u64 not null,
    period_refunded      u64 not null,
    period_credit        u64 not null,
    period_points        u64 not null,
    pending_price        u64 not null,
    pending_periods      bigint not null,
    periods_paid         bigint not null,
    -- 1 trial, 2 active, 3 past due, 4 cancelled, 5 lapsed
    state                smallint not null,
    -- The settlement's flags: bit 0, the vault was frozen; 1 to 3, a level's ledger was closed; 4, the
    -- pending plan took over; 5, usage was stated.
    period_flags         smallint not null,
    -- Bit 0: a permanent delegate; bit 1: usage is metered.
    consents             smallint not null,
    slot                 bigint not null,
    source               text not null,
    closed               boolean not null
);
create index subscription_plan on subscription (plan, address);
create index subscription_first_plan on subscription (first_plan, wallet);
create index subscription_wallet on subscription (wallet, address);
create index subscription_due on subscription (next_due, address)
    where state in (1, 2, 3) and (periods_paid <= approved_periods or pending_plan is not null)
          and consents & 2 = 0 and not closed;

create table invoice (
    address        pubkey primary key,
    life           u64 not null,
    rent_payer     pubkey not null,
    receipt_seq    u64 not null,
    receipt_head   pubkey not null,
    plan           pubkey not null,
    wallet         pubkey not null,
    ledger_1       pubkey,
    ledger_2       pubkey,
    ledger_3       pubkey,
    id             u64 not null,
    deadline       bigint not null,
    paid_at        bigint not null,
    debit          u64 not null,
    refunded       u64 not null,
    points         u64 not null,
    commission_bps integer[] not null,
    -- As a subscription's `period_flags`.
    flags          smallint not null,
    slot           bigint not null,
    source         text not null,
    closed         boolean not null
);
create index invoice_plan on invoice (plan, address);
create index invoice_wallet on invoice (wallet, address);

create table ledger (
    address           pubkey primary key,
    life              u64 not null,
    rent_payer        pubkey not null,
    receipt_seq       u64 not null,
    receipt_head      pubkey not null,
    org               pubkey not null,
    wallet            pubkey not null,
    mint              pubkey not null,
    held              u64 not null,
    release_at        bigint not null,
    queued            u64 not null,
    queued_release_at bigint not null,
    claimable         u64 not null,
    claimed           u64 not null,
    debt              u64 not null,
    accrued_at        bigint not null,
    slot              bigint not null,
    source            text not null,
    closed            boolean not null
);
create index ledger_org on ledger (org, address);
create index ledger_wallet on ledger (wallet, address);

create table campaign (
    address           pubkey primary key,
    life              u64 not null,
    rent_payer        pubkey not null,
    receipt_seq       u64 not null,
    receipt_head      pubkey not null,
    org               pubkey not null,
    mint              pubkey not null,
    token_program     pubkey not null,
    vault             pubkey not null,
    id                u64 not null,
    cap               u64 not null,
    opens_at          bigint not null,
    closes_at         bigint not null,
    vesting_starts_at bigint not null,
    root              pubkey not null,
    cliff_secs        bigint not null,
    vesting_secs      bigint not null,
    -- Bit 0: amounts are cumulative.
    flags             smallint not null,
    decimals          smallint not null,
    claimed           u64 not null,
    slot              bigint not null,
    source            text not null,
    closed            boolean not null
);
create index campaign_org on campaign (org, address);

create table nullifier_page (
    address      pubkey primary key,
    life         u64 not null,
    rent_payer   pubkey not null,
    receipt_seq  u64 not null,
    receipt_head pubkey not null,
    campaign     pubkey not null,
    number       bigint not null,
    -- Bit n mod 8, the lowest first, of byte n div 8 is voucher n of the page.
    claimed      bytea not null,
    slot         bigint not null,
    source       text not null,
    closed       boolean not null
);
create index nullifier_page_campaign on nullifier_page (campaign, address);

create table claim (
    address      pubkey primary key,
    life         u64 not null,
    rent_payer   pubkey not null,
    receipt_seq  u64 not null,
    receipt_head pubkey not null,
    campaign     pubkey not null,
    wallet       pubkey not null,
    entitled     u64 not null,
    claimed      u64 not null,
    slot         bigint not null,
    source       text not null,
    closed       boolean not null
);
create index claim_campaign on claim (campaign, address);
create index claim_wallet on claim (wallet, address);

create table stake_pool (
    address              pubkey primary key,
    life                 u64 not null,
    rent_payer           pubkey not null,
    receipt_seq          u64 not null,
    receipt_head         pubkey not null,
    org                  pubkey not null,
    stake_mint           pubkey not null,
    reward_mint          pubkey not null,
    stake_vault          pubkey not null,
    reward_vault         pubkey not null,
    id                   u64 not null,
    stake_token_program  pubkey not null,
    reward_token_program pubkey not null,
    staked               u64 not null,
    -- What a unit that was staked from the start would have got: whole units, and 2^-64 of one.
    per_share_fraction   u64 not null,
    per_share_whole      u64 not null,
    budget               u64 not null,
    streamed             u64 not null,
    streams_from         bigint not null,
    streams_until        bigint not null,
    forfeited            u64 not null,
    funded               u64 not null,
    paid                 u64 not null,
    positions            bigint not null,
    stake_decimals       smallint not null,
    reward_decimals      smallint not null,
    slot                 bigint not null,
    source               text not null,
    closed               boolean not null
);
create index stake_pool_org on stake_pool (org, address);

-- Not `position`, which is a word of SQL's own.
create table stake_position (
    address            pubkey primary key,
    life               u64 not null,
    rent_payer         pubkey not null,
    receipt_seq        u64 not null,
    receipt_head       pubkey not null,
    pool               pubkey not null,
    wallet             pubkey not null,
    staked             u64 not null,
    per_share_fraction u64 not null,
    per_share_whole    u64 not null,
    owed_fraction      u64 not null,
    owed               u64 not null,
    harvested          u64 not null,
    slot               bigint not null,
    source             text not null,
    closed             boolean not null
);
create index stake_position_pool on stake_position (pool, address);
create index stake_position_wallet on stake_position (wallet, address);

-- What a payment moved, in the mint's smallest unit; decoded from the event at `position`. A period
-- that begins without one, as a trial does, is a payment of nothing.
create table charge (
    position       bigint primary key references event (position) on delete cascade,
    -- The subscription or invoice.
    account        pubkey not null,
    debit          u64 not null,
    merchant       u64 not null,
    keeper_fee     u64 not null,
    -- What of the commission paid the ledgers' debts, and so went to the merchant.
    debt_repaid    u64 not null,
    points         u64 not null,
    points_expired u64 not null,
    -- What an earlier plan's unused time was worth, on top of the debit.
    credit         u64 not null,
    period_start   bigint not null,
    paid_through   bigint not null,
    -- As a subscription's `period_flags`.
    flags          smallint not null,
    -- The payer's tier before it.
    tier           smallint not null,
    -- Of the quote that set the price; null without one, and for every later charge.
    quote_nonce    u64
);
create index charge_account on charge (account, position);

-- What was given back of a payment, in the mint's smallest unit; decoded from the event at `position`.
create table refund (
    position       bigint primary key references event (position) on delete cascade,
    -- The subscription or invoice.
    account        pubkey not null,
    amount         u64 not null,
    -- What of it came from commission that was taken back; the rest is the merchant's.
    from_vault     u64 not null,
    points         u64 not null,
    points_expired u64 not null
);
create index refund_account on refund (account, position);

-- What a payment gave the referral levels; below 0, what a refund took back.
create table commission (
    position bigint not null references event (position) on delete cascade,
    level    smallint not null check (level between 1 and 3),
    ledger   pubkey not null,
    amount   numeric(20, 0) not null,
    primary key (position, level)
);
create index commission_ledger on commission (ledger, position);

-- What is paid for, by whom, under which plan. A change of plan keeps org and mint.
create view payer as
    select address, plan, wallet from subscription
    union all
    select address, plan, wallet from invoice;

-- End of a period that begins at `start`, Unix seconds: so many seconds later, or so many months, on
-- the anchor day or on the last day of a month that is shorter (UTC).
create function period_end(start bigint, secs bigint, months integer, anchor_day integer)
returns bigint language sql immutable as $$
    select case
        when months = 0 then start + secs
        else extract(epoch from
            date_trunc('month', timestamp 'epoch' + make_interval(secs => start))
            + make_interval(
                months => months,
                days => least(
                    greatest(anchor_day, 1),
                    extract(day from
                        date_trunc('month', timestamp 'epoch' + make_interval(secs => start))
                        + make_interval(months => months + 1) - interval '1 day')::integer) - 1,
                secs => start % 86400))::bigint
    end
$$;

-- Where each subscription stands at a moment, Unix seconds. Its `state` is as of its last receipt,
-- and nobody has to write that a payment did not come; `status` is what follows from terms and clock,
-- as the program judges it at the next charge, which is made under the pending plan where there is
-- one. `in_time`: nobody is behind and another charge is agreed. `chargeable`: anybody could charge it
-- at that moment. Whether service is paid is `paid_through` alone.
create function subscription_standing(moment bigint)
returns table (
    stored subscription, address pubkey, plan pubkey, wallet pubkey, status text, in_time boolean,
    chargeable boolean
) language sql stable as $$
    select subscription, subscription.address, subscription.plan, subscription.wallet, status,
           -- Wrapped, because the planner takes one row in a hundred to have a status that is named.
           coalesce(status in ('trial', 'active', 'due'), false),
           -- What a metered period comes to, its org alone states.
           coalesce(status in ('due', 'past_due') and subscription.consents & 2 = 0, false)
    from subscription
    left join plan on plan.address = coalesce(subscription.pending_plan, subscription.plan)
    left join authority on authority.token_account = subscription.payer_token
    cross join lateral (
        select case
            when subscription.state = 4 then 'cancelled'
            when subscription.state = 5 then 'lapsed'
            when authority.closed or authority.generation <> subscription.authority_generation
                then 'revoked'
            -- The first period, paid at the signature, is not among the approved ones.
            when subscription.periods_paid > subscription.approved_periods
                and subscription.pending_plan is null then 'used_up'
            when greatest(moment, subscription.next_due) >= plan.ends_at then 'ended'
            when moment >= period_end(
                subscription.next_due, subscription.period_secs, subscription.period_months,
                subscription.anchor_day) then 'lapsed'
            when moment > subscription.next_due + subscription.grace_secs
                -- Once a payment is known to be missed, it can be made up for in the grace time only.
                then case subscription.state when 3 then 'lapsed' else 'past_due' end
            when subscription.state = 3 then 'past_due'
            when moment >= subscription.next_due then 'due'
            when subscription.state = 1 then 'trial'
            else 'active'
        end as status
    ) standing
$$;

-- The same at the last moment that the mirror knows.
create view subscription_now as
    select standing.*
    from (select coalesce((select tip_at from cursor), 0) as moment) clock
    cross join lateral subscription_standing(clock.moment) standing;

grant select on all tables in schema public to tessera_tenant;

-- As before; but a wallet's subscription is found by the plan that it was opened under, which stays.
create or replace function engine.offer_taken(
    of_offer text, at timestamptz, but_wallet pubkey, but_quote uuid
) returns bigint language sql stable as $$
    select count(distinct coalesce(encode(quote.wallet, 'hex'), quote.id::text))
    from engine.quote
    where quote.organisation = engine.current_organisation() and quote.offer = of_offer
      and (but_wallet is null or quote.wallet is distinct from but_wallet)
      and quote.id is distinct from but_quote
      and ((quote.accepted_at is not null and quote.signature is null)
           or quote.deadline > at - interval '2 minutes'
           or (quote.signature is not null
               and exists (select from public.cursor
                           where not caught_up or to_timestamp(tip_at) <= quote.deadline))
           or exists (
               select from public.subscription
               join public.charge on charge.account = subscription.address
               where subscription.first_plan = quote.plan and subscription.wallet = quote.wallet
                 and charge.quote_nonce = quote.nonce))
$$;
